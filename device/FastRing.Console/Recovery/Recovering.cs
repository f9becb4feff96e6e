using FastRing.Console.Spec;
using FastRing.Console.State;
using FastRing.Queues;

namespace FastRing.Console.Recovery;

/// <summary>
/// A device between what a killed process left and its own first act. Which of the two records holds, and which half of a line, the rings say: so nothing is done before all those run
/// again that ran then.
/// </summary>
/// <param name="area">What was left.</param>
/// <param name="records">The records in it that can be read, the newest first.</param>
internal sealed class Recovering(ConsoleArea area, IReadOnlyList<(KeptState Kept, ConsoleState State)> records)
{
    private readonly HashSet<int> _awaited = area.ReadRunning();
    private readonly SortedDictionary<int, (Virtqueue Queue, bool IsEnabled)> _queues = [];

    /// <summary>All are there.</summary>
    public bool IsComplete => _awaited.All(_queues.ContainsKey);

    /// <summary>Those that run, in their order.</summary>
    public IReadOnlyDictionary<int, (Virtqueue Queue, bool IsEnabled)> Queues => _queues;

    public void Start(int index, Virtqueue queue, bool enabled) => _queues[index] = (queue, enabled);

    public void Enable(int index, bool enabled)
    {
        if (_queues.TryGetValue(index, out (Virtqueue Queue, bool IsEnabled) queue))
        {
            _queues[index] = (queue.Queue, enabled);
        }
    }

    public void Stop(int index) => _queues.Remove(index);

    /// <summary>The state that holds, with the places of its streams; null: none fits the rings.</summary>
    /// <param name="features">What was negotiated.</param>
    public (KeptState Kept, ConsoleState State)? Choose(ulong features)
    {
        foreach ((KeptState kept, ConsoleState state) in records)
        {
            uint? at = BaseOf(QueueMap.ControlReceive);
            if (state.Features == features && (at is null || kept.Base is null || kept.Base == at))
            {
                area.Records.GoOnFrom(kept);
                return (kept, state with { Ports = [.. state.Ports.Select(WithStreams)] });
            }
        }

        return null;
    }

    /// <summary>Messages of the driver that the state lacks.</summary>
    public ControlMessage[] Unhandled(KeptState kept) => area.Journal.Read(BaseOf(QueueMap.ControlTransmit), kept.Handled);

    private PortState WithStreams(PortState port)
    {
        StreamLine line = area.Read(port.Number);
        var streams = new StoppedStreams(line, BaseOf(QueueMap.TransmitQueue(port.Number)), BaseOf(QueueMap.ReceiveQueue(port.Number)));
        BuffersOut? receive = streams.Receive;
        return port with
        {
            Session = streams.Session,
            BytesToHost = line.Sequence != 0 ? streams.Bytes.ToHost : port.BytesToHost,
            BytesToGuest = line.Sequence != 0 ? streams.Bytes.ToGuest : port.BytesToGuest,
            Transmit = streams.Transmit,
            ReceiveBase = streams.ReceiveBase,
            Receive = receive,
            Flags = (port.Flags & ~(PortStateFlags.TransmitPaused | PortStateFlags.HasReceive))
                | (line.Sequence != 0 ? PortStateFlags.TransmitPaused : 0) | (receive is not null ? PortStateFlags.HasReceive : 0),
        };
    }

    private uint? BaseOf(int queue) => _queues.TryGetValue(queue, out (Virtqueue Queue, bool IsEnabled) found) ? found.Queue.Base : null;
}
