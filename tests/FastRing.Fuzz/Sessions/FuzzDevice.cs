using FastRing.Devices;
using FastRing.Devices.Recovery;
using FastRing.Devices.State;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Sessions;

/// <summary>A device that relies on what it may rely on, and says so when it is not so: a queue starts once and stops once, and none runs at a reset.</summary>
internal sealed class FuzzDevice(Func<GuestMemory?> memory) : IStatefulDevice, IRecoverableDevice
{
    private const int Queues = 2;
    private const int MostChains = 4096;

    private readonly Virtqueue?[] _queues = new Virtqueue?[Queues];
    private readonly ChainBatch[] _batches = [new(8, ChainDirection.Both), new(8, ChainDirection.Both)];
    private bool _hasArea;

    public uint DeviceId => 42;

    public ulong Features => VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked | VirtioFeatures.InOrder
        | VirtioFeatures.AccessPlatform | VirtioFeatures.RingReset;

    public int QueueCount => Queues;

    public int ConfigSize => 12;

    public int MaxStateBytes => 1 << 16;

    public int RecoveryBytes => 64;

    /// <summary>What queues have come to: their errors, and chains.</summary>
    public HashSet<string> Reached { get; } = [];

    public IDeviceTransport? Transport { get; private set; }

    /// <summary>Queues that run.</summary>
    public int Running => _queues.Count(queue => queue is not null);

    public void Attached(IDeviceTransport? transport) => Transport = transport;

    public void ReadConfig(int offset, Span<byte> destination) => Must(offset >= 0 && offset + destination.Length <= ConfigSize);

    public void WriteConfig(int offset, ReadOnlySpan<byte> source) => Must(offset >= 0 && offset + source.Length <= ConfigSize);

    public void FeaturesNegotiated(ulong features) => Must((features & ~Features) == 0);

    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        Must(_queues[index] is null);
        _queues[index] = queue;
        Reached.Add("started");
    }

    public void QueueEnabled(int index, bool enabled) => Must(_queues[index] is not null);

    public void QueueKicked(int index)
    {
        Virtqueue? queue = _queues[index];
        Must(queue is not null);
        int chains = 0;
        do
        {
            queue!.SuppressNotifications();
            while (queue.Pop(_batches[index]) > 0)
            {
                chains += _batches[index].Count;
                Must(chains < MostChains);
                Use(queue, _batches[index]);
            }

            queue.PublishAndNotify();
        }
        while (queue.EnableNotifications());

        if (queue.Error != VirtqueueError.None)
        {
            Reached.Add(queue.Error.ToString());
            Transport!.QueueBroken(index, queue.Error);
        }
    }

    public void QueueStopping(int index)
    {
        Must(_queues[index] is not null);
        _queues[index] = null;
        _batches[index].Clear();
    }

    public void QueueReset(int index) => Must(_queues[index] is null);

    public void Reset() => Must(Running == 0);

    public byte[] SaveState()
    {
        Must(Running == 0);
        return [1, 2, 3, 4];
    }

    public string? LoadState(ReadOnlySpan<byte> state)
    {
        Must(Running == 0 && state.Length <= MaxStateBytes);
        return state.Length == 4 ? null : "four bytes";
    }

    public string? BeginRecovery(RecoveryArea area, bool isNew)
    {
        Must(!_hasArea && Running == 0 && area.Length == RecoveryBytes);
        _hasArea = true;
        Reached.Add("tracked");
        return null;
    }

    public void EndRecovery()
    {
        Must(_hasArea && Running == 0);
        _hasArea = false;
    }

    private static void Must(bool hold, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(hold))] string what = "")
    {
        if (!hold)
        {
            throw new FindingException($"device: {what}");
        }
    }

    /// <summary>Everything it is handed lies in guest memory. It reads, and writes no more than a few bytes.</summary>
    private void Use(Virtqueue queue, ChainBatch batch)
    {
        GuestMemory map = memory() ?? throw new FindingException("device: a queue without memory");
        foreach (IoVector segment in batch.Segments)
        {
            Must(segment.Length > 0 && map.TryToGuest(segment.Address, out GuestAddress first) && map.TryToGuest(segment.Address + (nint)(segment.Length - 1), out GuestAddress last)
                && last.Value - first.Value == segment.Length - 1);
        }

        Reached.Add("chain");
        queue.Complete(batch, batch.Count);
    }
}
