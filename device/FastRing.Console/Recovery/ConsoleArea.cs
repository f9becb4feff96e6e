using System.Runtime.InteropServices;
using FastRing.Memory;

namespace FastRing.Console.Recovery;

/// <summary>A console's recovery area.</summary>
internal sealed class ConsoleArea
{
    private const ulong Magic = 0x31454c4f_534e4346; // "FCNSOLE1"

    private readonly RecoveryArea _area;
    private readonly AreaLayout _layout;
    private readonly int _ports;

    public ConsoleArea(RecoveryArea area, int ports)
    {
        (_area, _ports, _layout) = (area, ports, new AreaLayout(ports));
        Records = new StateRecords(area, _layout);
        Journal = new ControlJournal(area, _layout);
    }

    public StateRecords Records { get; }

    public ControlJournal Journal { get; }

    /// <summary>A process was killed before it had stored anything: there can't have been a driver.</summary>
    public bool IsBlank => _area.Load(_layout.Record(0)) == 0 && _area.Load(_layout.Record(1)) == 0;

    /// <summary>Why it is no such area, naming the field; null: it may be one.</summary>
    public string? WhyNot()
    {
        ulong ports = _area.Load(AreaLayout.Ports);
        return _area.Load(AreaLayout.Magic) != Magic ? "area: magic: this is no console's"
            : ports != (ulong)_ports ? $"area: max ports: {ports} in the area, {_ports} here"
            : null;
    }

    public void Format()
    {
        _area.Store(AreaLayout.Ports, (ulong)_ports);
        _area.Store(AreaLayout.Magic, Magic);
    }

    /// <summary>A queue is about to be used, or is no more.</summary>
    /// <remarks>Kills: of a queue that ran and is not marked yet nothing was published, or it was stopped in order: it is where the lines and records say.</remarks>
    public void SetRunning(int queue, bool runs)
    {
        int word = AreaLayout.Running + (queue / 64 * sizeof(ulong));
        ulong bit = 1UL << (queue % 64);
        ulong before = _area.Load(word);
        if ((before & bit) != 0 != runs)
        {
            _area.Store(word, before ^ bit);
        }
    }

    /// <summary>The queues that ran when a process was killed.</summary>
    public HashSet<int> ReadRunning() => [.. Enumerable.Range(0, _layout.Queues).Where(q => (_area.Load(AreaLayout.Running + (q / 64 * sizeof(ulong))) >> (q % 64) & 1) != 0)];

    /// <summary>Kills: until the number is stored, the line before counts, and the rings are where it says after its publication; then they are where this one says before it.</summary>
    public void Write(int port, in StreamLine line)
    {
        int start = _layout.StreamLine(port, (int)(line.Sequence % 2));
        _area.Write(start + sizeof(ulong), MemoryMarshal.AsBytes(new ReadOnlySpan<StreamLine>(in line))[sizeof(ulong)..]);
        _area.Store(start, line.Sequence);
    }

    /// <summary>The line that counts, untrusted; all zero: none.</summary>
    public StreamLine Read(int port)
    {
        StreamLine line = default;
        StreamLine other = default;
        _area.Read(_layout.StreamLine(port, 0), MemoryMarshal.AsBytes(new Span<StreamLine>(ref line)));
        _area.Read(_layout.StreamLine(port, 1), MemoryMarshal.AsBytes(new Span<StreamLine>(ref other)));
        return line.Sequence >= other.Sequence ? line : other;
    }
}
