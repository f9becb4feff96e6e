using FastRing.Devices;
using FastRing.Devices.Recovery;
using FastRing.Devices.State;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>Copies the readable buffers of every chain into its writable ones; records what the transport tells it.</summary>
internal sealed class EchoDevice(int queues = 2) : IStatefulDevice, IRecoverableDevice
{
    private readonly Virtqueue?[] _queues = new Virtqueue?[queues];
    private readonly bool[] _enabled = new bool[queues];
    private readonly long[] _kicks = new long[queues];
    private readonly ChainBatch[] _batches = [.. Enumerable.Range(0, queues).Select(_ => new ChainBatch(32, ChainDirection.Both))];

    public uint DeviceId => 42;

    public ulong Features { get; init; } = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors;

    public int QueueCount => queues;

    public int ConfigSize => Config.Length;

    public byte[] Config { get; } = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    public IDeviceTransport? Transport { get; private set; }

    public ulong Negotiated { get; private set; }

    public int Resets { get; private set; }

    public List<int> QueueResets { get; } = [];

    public int Starts { get; private set; }

    public int Stops { get; private set; }

    /// <summary>Why a queue stopped last.</summary>
    public VirtqueueError LastBroken { get; private set; }

    /// <summary>Completes what it echoes but shows it to nobody, as a device does that publishes less often than it works.</summary>
    public bool HoldsBack { get; set; }

    /// <summary>Takes chains and keeps them, until the queue stops.</summary>
    public bool Keeps { get; set; }

    /// <summary>Thrown out of the next call that gets at it.</summary>
    public Exception? NextFault { get; set; }

    /// <summary>What it gives for its state.</summary>
    public byte[] State { get; set; } = [];

    /// <summary>The state it was given last.</summary>
    public byte[]? Loaded { get; private set; }

    /// <summary>Why it takes none.</summary>
    public string? WhyNotLoaded { get; set; }

    public int MaxStateBytes => 4 << 20;

    public int RecoveryBytes => 64;

    /// <summary>Its part of the area, while it has one.</summary>
    public RecoveryArea? Area { get; private set; }

    /// <summary>Areas that were new.</summary>
    public int Begun { get; private set; }

    /// <summary>Areas that another process left.</summary>
    public int Recovered { get; private set; }

    public int Ended { get; private set; }

    /// <summary>Why it goes on from none.</summary>
    public string? WhyNotRecovered { get; set; }

    /// <summary>The last it heard, up to its reset.</summary>
    public string Farewell { get; private set; } = "";

    /// <summary>A started queue; on the worker's thread.</summary>
    public Virtqueue Queue(int index) => _queues[index]!;

    /// <summary>How often a queue was kicked, its start included; on the worker's thread.</summary>
    public long Kicks(int index) => _kicks[index];

    public bool IsStarted(int index) => _queues[index] is not null;

    public void Attached(IDeviceTransport? transport) => Transport = transport;

    public void ReadConfig(int offset, Span<byte> destination)
    {
        ThrowIfAsked();
        Config.AsSpan(offset, destination.Length).CopyTo(destination);
    }

    public void WriteConfig(int offset, ReadOnlySpan<byte> source) => source.CopyTo(Config.AsSpan(offset));

    public void FeaturesNegotiated(ulong features) => Negotiated = features;

    public void QueueStarted(int index, Virtqueue queue, bool enabled)
    {
        Assert.Null(_queues[index]);
        _queues[index] = queue;
        _enabled[index] = enabled;
        Starts++;
    }

    public void QueueEnabled(int index, bool enabled)
    {
        Assert.NotNull(_queues[index]);
        _enabled[index] = enabled;
    }

    public void QueueKicked(int index)
    {
        ThrowIfAsked();
        _kicks[index]++;
        Virtqueue queue = _queues[index]!;
        if (Keeps)
        {
            queue.Pop(_batches[index]);
            return;
        }

        do
        {
            queue.SuppressNotifications();
            while (queue.Pop(_batches[index]) > 0)
            {
                Echo(_batches[index]);
                queue.Complete(_batches[index], _batches[index].Count);
            }

            if (!HoldsBack)
            {
                queue.PublishAndNotify();
            }
        }
        while (queue.EnableNotifications());

        if (queue.Error != VirtqueueError.None)
        {
            LastBroken = queue.Error;
            Transport!.QueueBroken(index, queue.Error);
        }
    }

    public void QueueStopping(int index)
    {
        Assert.NotNull(_queues[index]);
        _queues[index] = null;
        _batches[index].Clear();
        Stops++;
        Farewell = nameof(QueueStopping);
        ThrowIfAsked();
    }

    public void QueueReset(int index) => QueueResets.Add(index);

    public void Reset()
    {
        Assert.DoesNotContain(_queues, queue => queue is not null);
        Negotiated = 0;
        Resets++;
        Farewell += " " + nameof(Reset);
        ThrowIfAsked();
    }

    public string? BeginRecovery(RecoveryArea area, bool isNew)
    {
        Assert.Null(Area);
        Assert.DoesNotContain(_queues, queue => queue is not null);
        Assert.Equal(RecoveryBytes, area.Length);
        Assert.True(!isNew || area.Load(0) == 0);
        if (WhyNotRecovered is null)
        {
            Area = area;
            Begun += isNew ? 1 : 0;
            Recovered += isNew ? 0 : 1;
        }

        return WhyNotRecovered;
    }

    public void EndRecovery()
    {
        Assert.DoesNotContain(_queues, queue => queue is not null);
        Assert.NotNull(Area);
        Area = null;
        Ended++;
        Farewell += " " + nameof(EndRecovery);
    }

    public byte[] SaveState() => State;

    public string? LoadState(ReadOnlySpan<byte> state)
    {
        Assert.DoesNotContain(_queues, queue => queue is not null);
        Loaded = WhyNotLoaded is null ? state.ToArray() : Loaded;
        return WhyNotLoaded;
    }

    private static void Echo(ChainBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            ref DescriptorChain chain = ref batch[i];
            ReadOnlySpan<IoVector> segments = batch.SegmentsOf(i);
            byte[] bytes = new byte[segments[..chain.ReadableSegments].ToArray().Sum(segment => (int)segment.Length)];
            int read = 0;
            foreach (IoVector segment in segments[..chain.ReadableSegments])
            {
                segment.Span.CopyTo(bytes.AsSpan(read));
                read += (int)segment.Length;
            }

            int written = 0;
            foreach (IoVector segment in segments[chain.ReadableSegments..])
            {
                int part = Math.Min((int)segment.Length, read - written);
                bytes.AsSpan(written, part).CopyTo(segment.Span);
                written += part;
            }

            chain.Written = (uint)written;
        }
    }

    private void ThrowIfAsked()
    {
        if (NextFault is { } fault)
        {
            NextFault = null;
            throw fault;
        }
    }
}
