using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Tests.Torture;

/// <summary>A real device. It answers in any order where the ring lets it.</summary>
internal sealed class RingDeviceSide(Virtqueue queue, bool inOrder) : IDeviceSide
{
    private const int AtOnce = 16;

    private readonly Random _random = new(3);
    private readonly DescriptorChain[] _chains = new DescriptorChain[AtOnce];
    private readonly IoVector[] _segments = new IoVector[2 * AtOnce];

    public int Serve()
    {
        int segments = 0;
        int count = queue.PopBatch(_chains, _segments, ref segments, ChainDirection.Both);
        Span<DescriptorChain> chains = _chains.AsSpan(0, count);
        foreach (ref DescriptorChain chain in chains)
        {
            Answer(ref chain);
        }

        if (!inOrder && count > 1)
        {
            _random.Shuffle(chains);
        }

        queue.Complete(chains);
        return queue.Error == VirtqueueError.None ? count : throw new InvalidDataException($"the device's queue broke: {queue.Error}");
    }

    public bool Publish() => queue.Publish();

    public bool Enable() => queue.EnableNotifications();

    public void Suppress() => queue.SuppressNotifications();

    private void Answer(ref DescriptorChain chain)
    {
        ulong body = BinaryPrimitives.ReadUInt64LittleEndian(_segments[chain.FirstSegment].Span);
        if (chain.ReadableSegments != 1 || chain.WritableSegments != 1 || !Message.IsBody(body))
        {
            throw new InvalidDataException($"message {body:x} in {chain.ReadableSegments} + {chain.WritableSegments} segments");
        }

        ulong answer = Message.Answer(body);
        BinaryPrimitives.WriteUInt64LittleEndian(_segments[chain.FirstSegment + 1].Span, answer);
        chain.Written = Message.Written(answer);
    }
}
