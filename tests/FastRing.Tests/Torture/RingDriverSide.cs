using System.Buffers.Binary;
using FastRing.Queues;

namespace FastRing.Tests.Torture;

/// <summary>A real driver: each message is a number in a buffer of its own, and its answer is checked.</summary>
internal sealed class RingDriverSide : IDriverSide
{
    private readonly QueuePair _pair;
    private readonly Stack<int> _slots = new();
    private readonly ulong[] _messages;
    private readonly bool _inOrder;
    private ulong _added;
    private ulong _taken;

    /// <param name="pair">The ring.</param>
    /// <param name="inFlight">Messages under way at the most.</param>
    /// <param name="inOrder">Whether they come back in order.</param>
    public RingDriverSide(QueuePair pair, int inFlight, bool inOrder)
    {
        _pair = pair;
        _inOrder = inOrder;
        _messages = new ulong[inFlight];
        for (int slot = 0; slot < inFlight; slot++)
        {
            _slots.Push(slot);
        }
    }

    public void Add()
    {
        int slot = _slots.Pop();
        ulong message = _added++;
        _messages[slot] = message;
        ulong at = Message.AddressOf(slot);
        _pair.Guest.Write64(at, Message.Body(message));
        if (!_pair.Driver.TryAdd([new(new(at), 8)], [new(new(at + 8), 8)], (ulong)slot))
        {
            throw new InvalidDataException("the ring takes no more");
        }
    }

    public bool Publish() => _pair.Driver.Publish();

    public int Take()
    {
        int count = 0;
        while (_pair.Driver.TryTakeUsed(out UsedBuffer used))
        {
            Check((int)used.Token, used.Written);
            _slots.Push((int)used.Token);
            _taken++;
            count++;
        }

        return _pair.Driver.IsBroken ? throw new InvalidDataException("the driver's queue is broken") : count;
    }

    public bool Enable() => _pair.Driver.EnableNotifications();

    public void Suppress() => _pair.Driver.SuppressNotifications();

    private void Check(int slot, uint written)
    {
        ulong message = _messages[slot];
        ulong answer = BinaryPrimitives.ReadUInt64LittleEndian(_pair.Guest.Span(Message.AddressOf(slot) + 8, 8));
        bool isExpected = message < _added && (!_inOrder || message == _taken);
        if (!isExpected || answer != Message.Answer(Message.Body(message)) || written != Message.Written(answer))
        {
            throw new InvalidDataException($"answer {_taken} is to {message}: {answer:x}, {written} bytes");
        }

        _messages[slot] = ulong.MaxValue;
    }
}
