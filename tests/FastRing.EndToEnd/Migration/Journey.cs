using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Memory;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.EndToEnd.Migration;

/// <summary>
/// A guest that is moved from station to station, as a VMM does it with nothing but what the library offers. Its driver stands still meanwhile, so that only the device
/// writes to its memory: every page of the copy that is not as it should be in the end is one the device wrote and did not mark.
/// </summary>
internal sealed class Journey : IMigratingGuest, IMigrationDestination, IDisposable
{
    private const ulong MemoryBytes = 8 << 20;
    private const int PageBytes = 4096;

    private readonly Random _random = new(1);
    private readonly Worker[] _workers;
    private readonly FrontendSession _session;
    private readonly FrontendQueue[] _queues;
    private readonly HashSet<long> _chainEnds = [0];
    private readonly byte[] _bytes = new byte[32768];
    private DriverMemory? _copy;
    private Station _here;
    private Station? _next;
    private int _moves;
    private long _written;
    private long _read;

    public Journey(ulong features)
    {
        _workers = [new Worker("here", Fail), new Worker("there", Fail)];
        _here = new Station(_workers[0], Conversation);
        _session = new FrontendSession(_here.Frontend, MemoryBytes, features);
        var lender = new QueueLender(_session);
        Driver = new ConsoleDriver(lender, Station.MaxPorts, new DriverBuffers(ReceiveCount: 48, ReceiveBytes: 4096, TransmitCount: 24, TransmitBytes: 16384));
        _queues = [.. lender.Queues];
        Driver.Start();
        Until(() => Driver.FindPort(Station.Talk) is not null && Driver.FindPort(Station.InPlace) is not null, "ports");
        Driver.FindPort(Station.Talk)!.Open();
        Driver.FindPort(Station.InPlace)!.Open();
        Until(() => Driver.Ports.All(p => p.IsHostOpen), "open ports");
        Driver.PortChanged += (_, what) => ControlMessages += what == ControlEvent.PortOpen ? 1 : 0;
    }

    public Conversation Conversation { get; } = new();

    public ConsoleDriver Driver { get; }

    /// <summary>Times the driver was told of the host's end since the first station.</summary>
    public int ControlMessages { get; private set; }

    /// <summary>Times a chain was taken in part when the rings stopped.</summary>
    public int PartlyTaken { get; private set; }

    /// <summary>Pages marked, and those of them that were another than in the copy.</summary>
    public (long Marked, long Changed) Pages { get; private set; }

    public ulong MemoryEnd => MemoryBytes;

    /// <summary>The guest is as busy as it can be, and moves to the next station.</summary>
    public MigrationReport Move()
    {
        Transmit();
        Receive();
        using DriverMemory copy = new(MemoryBytes);
        _copy = copy;
        _moves++;
        _next = new Station(_workers[_moves % 2], Conversation);
        (int, VringAddresses)[] rings = [.. _queues.Select(q => (q.Index, q.Addresses with { Log = q.Layout.Device }))];
        MigrationReport report = new LiveMigration(_here.Frontend, _session.Features | VhostUserFeatures.ProtocolFeatures, rings).Run(this, this, new MigrationOptions { FewPages = 2, MaxRounds = 3 });
        _here.Dispose();
        _here = _next;
        return report;
    }

    /// <summary>Everything on its way arrives.</summary>
    public void End()
    {
        _here.OnWorker(() => _here.Host.Allow(long.MaxValue / 2, 0));
        Until(
            () =>
            {
                Receive();
                return Conversation.Taken == _written && _read == Conversation.Given;
            },
            "the end of both streams");
        Assert.Null(Conversation.Wrong);
    }

    public (long Written, long Read) Streams => (_written, _read);

    public void CopyAll()
    {
        Guest.CopyTo(Copied);
        _here.OnWorker(() => _here.Pipe.Output.GetMemory().Span.Fill((byte)_moves)); // Written to, and never told.
        Traffic();
    }

    public void Copy(IReadOnlyCollection<ulong> pages)
    {
        long changed = 0;
        foreach (ulong page in pages)
        {
            Span<byte> from = Guest.Slice((int)page * PageBytes, PageBytes);
            Span<byte> to = Copied.Slice((int)page * PageBytes, PageBytes);
            changed += from.SequenceEqual(to) ? 0 : 1;
            from.CopyTo(to);
        }

        Pages = (Pages.Marked + pages.Count, Pages.Changed + changed);
        Traffic();
    }

    public void CollectDirty(ISet<ulong> pages)
    {
        // The driver stands still.
    }

    public void Pause() => Traffic();

    public void GoOn(IReadOnlyList<uint>? bases) => throw new NotSupportedException("a migration failed");

    public void Load(MigratedDevice device)
    {
        int different = Enumerable.Range(0, (int)MemoryBytes / PageBytes)
            .Count(page => !Guest.Slice(page * PageBytes, PageBytes).SequenceEqual(Copied.Slice(page * PageBytes, PageBytes)));
        Assert.True(different == 0, $"{different} pages were written and not marked, move {_moves}");
        PartlyTaken += _chainEnds.Contains(Conversation.Taken) ? 0 : 1;

        VhostUserFrontend there = _next!.Frontend;
        there.SetOwner();
        there.SetProtocolFeatures(there.GetProtocolFeatures());
        there.LoadDeviceState(device.State);
        there.SetFeatures(_session.Features | VhostUserFeatures.ProtocolFeatures);
        there.SetMemTable([_copy!.Region], [_copy.File]);
        foreach ((FrontendQueue queue, uint at) in _queues.Zip(device.Bases))
        {
            there.SetVringNum(queue.Index, queue.Ring.Size);
            there.SetVringBase(queue.Index, at);
            there.SetVringAddr(queue.Index, queue.Addresses);
            there.SetVringCall(queue.Index, queue.Call.Fd);
        }
    }

    public void Start()
    {
        _session.Memory.Map.Regions[0].Replace(_copy!.File, 0); // The driver wakes up in the other memory.
        foreach (FrontendQueue queue in _queues)
        {
            _next!.Frontend.SetVringKick(queue.Index, queue.Kick.Fd);
            _next.Frontend.SetVringEnable(queue.Index, enabled: true);
        }
    }

    public void Dispose()
    {
        Driver.Dispose();
        _session.Dispose();
        _here.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
    }

    private Span<byte> Guest => _session.Memory.Bytes(default, (int)MemoryBytes);

    private Span<byte> Copied => _copy!.Bytes(default, (int)MemoryBytes);

    private static void Fail(Exception fault) => throw new InvalidOperationException("a worker failed", fault);

    /// <summary>The host's program does a little, which the device is busy with while memory is copied.</summary>
    private void Traffic() => _here.OnWorker(() => _here.Host.Allow(_random.Next(30_000), _random.Next(30_000)));

    /// <summary>As much as there is room for, in chains of any length.</summary>
    private void Transmit()
    {
        DriverPort port = Driver.FindPort(Station.Talk)!;
        int written;
        do
        {
            Span<byte> bytes = _bytes.AsSpan(0, _random.Next(1, 16384));
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = Conversation.At(_written + i);
            }

            written = port.TryWrite(bytes);
            _written += written;
            _chainEnds.Add(_written);
        }
        while (written > 0);
    }

    private void Receive()
    {
        DriverPort port = Driver.FindPort(Station.Talk)!;
        int read;
        do
        {
            read = port.TryRead(_bytes);
            for (int i = 0; i < read; i++)
            {
                Assert.True(_bytes[i] == Conversation.At(_read + i), $"byte {_read + i} of what the guest got");
            }

            _read += read;
        }
        while (read > 0);
    }

    private void Until(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            Driver.Poll();
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            Thread.Sleep(0);
        }
    }
}
