using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Devices.State;

namespace FastRing.Console.State;

/// <summary>
/// What a console device knows, as one record: to be moved to another process, kept, or looked at. Version 1. A later version may put fields behind those of a
/// section, and optional sections anywhere.
/// </summary>
internal sealed record ConsoleState
{
    /// <summary>The version written, and the oldest that reads it.</summary>
    public const ushort Version = 1;

    /// <summary>No state is longer: 511 ports take less than half of it.</summary>
    public const int MaxBytes = 2 << 20;

    private const uint DeviceId = 3;
    private const ushort DeviceSection = 1;
    private const ushort ControlSection = 2;
    private const ushort PortSection = 3;
    private const ushort SessionSection = 4; // Optional, as the next: readers before 1.1 know neither.
    private const ushort IncarnationSection = 5;

    /// <summary>What was negotiated.</summary>
    public required ulong Features { get; init; }

    /// <summary>max_nr_ports of the configuration space.</summary>
    public required int MaxPorts { get; init; }

    /// <summary>cols and rows of the configuration space.</summary>
    public required ConsoleSize Size { get; init; }

    public required bool IsDriverReady { get; init; }

    /// <summary>Drivers the device has had.</summary>
    public required uint Drivers { get; init; }

    /// <summary>Times the guest went on elsewhere.</summary>
    public uint Epoch { get; init; }

    /// <summary>Which device object saved it; of one that was killed only.</summary>
    public ulong Instance { get; init; }

    public required ControlState Control { get; init; }

    /// <summary>Numbers there is something to say of, rising.</summary>
    public required IReadOnlyList<PortState> Ports { get; init; }

    public byte[] Write()
    {
        var writer = new StateWriter(DeviceId, Version, oldestReader: Version);
        writer.Section(DeviceSection);
        writer.UInt64(Features);
        writer.UInt32((uint)MaxPorts);
        writer.UInt16(Size.Columns);
        writer.UInt16(Size.Rows);
        writer.UInt8(IsDriverReady ? (byte)1 : (byte)0);
        writer.UInt32(Drivers);
        writer.Section(ControlSection);
        Control.Write(writer);
        foreach (PortState port in Ports)
        {
            writer.Section(PortSection);
            port.Write(writer);
        }

        foreach (PortState port in Ports.Where(port => port.HasSession))
        {
            writer.Section(SessionSection, isOptional: true);
            port.WriteSession(writer);
        }

        if (Epoch != 0 || Instance != 0)
        {
            writer.Section(IncarnationSection, isOptional: true);
            writer.UInt32(Epoch);
            writer.UInt64(Instance);
        }

        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, in any order of sections.</summary>
    /// <param name="bytes">Untrusted.</param>
    /// <param name="state">The state; null when there is none.</param>
    /// <returns>Null, or the field that is wrong and how.</returns>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out ConsoleState? state)
    {
        state = null;
        if (bytes.Length > MaxBytes)
        {
            return $"length: {bytes.Length} bytes are more than any state has ({MaxBytes})";
        }

        StateReader reader = StateReader.Open(bytes, DeviceId, Version);
        ConsoleState? device = null;
        ControlState? control = null;
        var ports = new PortState?[QueueMap.MostPorts];
        var sessions = new Dictionary<int, (StreamPositions Session, uint HostOpens)>();
        (uint Epoch, ulong Instance)? incarnation = null;
        string? error = null;
        while (error is null && reader.TrySection(out ushort id, out bool isOptional, out StateReader body))
        {
            switch (id)
            {
                case DeviceSection:
                    body.Check(device is null, "device", "it is there twice");
                    device = ReadDevice(ref body);
                    break;
                case ControlSection:
                    body.Check(control is null, "control queue", "it is there twice");
                    control = ControlState.Read(ref body);
                    break;
                case PortSection:
                    PortState port = PortState.Read(ref body);
                    body.Check(ports[port.Number] is null, "port number", "it is there twice");
                    ports[port.Number] = port;
                    break;
                case SessionSection:
                    (int number, StreamPositions session, uint hostOpens) = PortState.ReadSession(ref body);
                    body.Check(sessions.TryAdd(number, (session, hostOpens)), "session", "it is there twice");
                    break;
                case IncarnationSection:
                    body.Check(incarnation is null, "epoch", "it is there twice");
                    incarnation = (body.UInt32("epoch"), body.UInt64("instance"));
                    break;
                default:
                    body.Check(isOptional, "section", $"{id} is not known here, and can't be left out");
                    break;
            }

            error = body.Error;
        }

        error ??= reader.Error ?? (device is null ? "device: it is missing" : control is null ? "control queue: it is missing" : null);
        error ??= WhyTooMany(device!.MaxPorts, ports, control!);
        state = error is null
            ? device! with
            {
                Control = control!,
                Epoch = incarnation?.Epoch ?? 0,
                Instance = incarnation?.Instance ?? 0,
                Ports = [.. ports.OfType<PortState>().Select(port => sessions.TryGetValue(port.Number, out var s) ? port with { Session = s.Session, HostOpens = s.HostOpens } : port)],
            }
            : null;
        return error;
    }

    private static ConsoleState ReadDevice(ref StateReader reader)
    {
        ulong features = reader.UInt64("features");
        uint maxPorts = reader.UpTo(QueueMap.MostPorts, "max ports");
        reader.Check(maxPorts > 0, "max ports", "a device has one at least");
        var size = new ConsoleSize(reader.UInt16("columns"), reader.UInt16("rows"));
        byte ready = reader.UInt8("driver ready");
        reader.Check(ready <= 1, "driver ready", "neither yes nor no");
        return new ConsoleState
        {
            Features = features,
            MaxPorts = (int)maxPorts,
            Size = size,
            IsDriverReady = ready == 1,
            Drivers = reader.UInt32("drivers"),
            Control = null!,
            Ports = [],
        };
    }

    private static string? WhyTooMany(int maxPorts, PortState?[] ports, ControlState control)
    {
        int highest = Math.Max(
            Array.FindLastIndex(ports, p => p is not null),
            Math.Max(control.Line.DefaultIfEmpty(-1).Max(), control.Unheard.Select(u => u.Port).DefaultIfEmpty(-1).Max()));
        return highest >= maxPorts ? $"port number: {highest} is not below max ports, {maxPorts}" : null;
    }
}
