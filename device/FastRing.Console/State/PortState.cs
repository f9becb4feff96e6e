using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Devices.State;

namespace FastRing.Console.State;

/// <summary>A port number in a device's state: the port there, what its driver knows of it, and where its queues stopped.</summary>
internal sealed record PortState
{
    /// <summary>The port's number.</summary>
    public required int Number { get; init; }

    public required PortStateFlags Flags { get; init; }

    /// <summary>What the driver is still to be told.</summary>
    public required PendingControl Pending { get; init; }

    public required string Name { get; init; }

    public required ConsoleSize Size { get; init; }

    public required PortLimits Limits { get; init; }

    /// <summary>How far ahead its limits are paid for, in nanoseconds.</summary>
    public required (RateDebt ToHost, RateDebt ToGuest) Debts { get; init; }

    public required ulong BytesToHost { get; init; }

    public required ulong BytesToGuest { get; init; }

    public required ulong BytesDiscarded { get; init; }

    public required ulong GuestOpens { get; init; }

    /// <summary>Where the transmit queue stopped, and how many bytes of the chain there the host's end has taken.</summary>
    public required (uint Base, ulong Consumed) Transmit { get; init; }

    /// <summary>Where the receive queue stopped.</summary>
    public required uint ReceiveBase { get; init; }

    /// <summary>What is out of its buffers; null: it never ran.</summary>
    public required BuffersOut? Receive { get; init; }

    /// <summary>The session its host's end is in, and where that stands; none, if it has no such thing.</summary>
    public StreamPositions Session { get; init; }

    /// <summary>Times somebody came on the host's side; of a device that was killed only.</summary>
    public uint HostOpens { get; init; }

    public bool Has(PortStateFlags flag) => (Flags & flag) != 0;

    public void Write(StateWriter writer)
    {
        writer.UInt32((uint)Number);
        writer.UInt16((ushort)Flags);
        writer.UInt8((byte)Pending);
        writer.Ascii(Name);
        writer.UInt16(Size.Columns);
        writer.UInt16(Size.Rows);
        Write(writer, Limits.ToHost, Debts.ToHost);
        Write(writer, Limits.ToGuest, Debts.ToGuest);
        writer.UInt64(BytesToHost);
        writer.UInt64(BytesToGuest);
        writer.UInt64(BytesDiscarded);
        writer.UInt64(GuestOpens);
        writer.UInt32(Transmit.Base);
        writer.UInt64(Transmit.Consumed);
        writer.UInt32(ReceiveBase);
        Receive?.Write(writer);
    }

    /// <summary>There is something for an optional section of its own.</summary>
    public bool HasSession => Session != default || HostOpens != 0;

    public void WriteSession(StateWriter writer)
    {
        writer.UInt32((uint)Number);
        writer.Guid(Session.Id);
        writer.UInt64(Session.ToHost);
        writer.UInt64(Session.ToGuest);
        writer.UInt32(HostOpens);
    }

    public static (int Number, StreamPositions Session, uint HostOpens) ReadSession(ref StateReader reader)
    {
        uint number = reader.UpTo(QueueMap.MostPorts - 1, "session's port number");
        reader.Place = $"port {number}: ";
        var session = new StreamPositions(reader.Guid("session"), reader.UInt64("position to the host"), reader.UInt64("position to the guest"));
        return ((int)number, session, reader.UInt32("host opens"));
    }

    public static PortState Read(ref StateReader reader)
    {
        uint number = reader.UpTo(QueueMap.MostPorts - 1, "port number");
        reader.Place = $"port {number}: ";
        var flags = (PortStateFlags)reader.UInt16("flags");
        reader.Check((flags & ~PortStateFlags.All) == 0, "flags", $"0x{(ushort)flags:x} has bits nobody defined");
        bool isOccupied = (flags & PortStateFlags.Occupied) != 0;
        reader.Check(isOccupied || (flags & (PortStateFlags.Ready | PortStateFlags.GuestOpen | PortStateFlags.Console)) == 0, "flags", "a number without a port is in use");
        var pending = (PendingControl)reader.UInt8("pending messages");
        reader.Check((pending & ~PendingControl.All) == 0, "pending messages", $"0x{(byte)pending:x} has bits nobody defined");
        string name = reader.Ascii("name");
        reader.Check(name.Length == 0 ? !isOccupied || (flags & PortStateFlags.Console) != 0 : PortName.WhyInvalid(name) is null, "name", "no port may be called so");
        var size = new ConsoleSize(reader.UInt16("columns"), reader.UInt16("rows"));
        (RateLimit toHost, RateDebt toHostDebt) = ReadLimit(ref reader, "limit to the host");
        (RateLimit toGuest, RateDebt toGuestDebt) = ReadLimit(ref reader, "limit to the guest");
        return new PortState
        {
            Number = (int)number,
            Flags = flags,
            Pending = pending,
            Name = name,
            Size = size,
            Limits = new PortLimits(toHost, toGuest),
            Debts = (toHostDebt, toGuestDebt),
            BytesToHost = reader.UInt64("bytes to the host"),
            BytesToGuest = reader.UInt64("bytes to the guest"),
            BytesDiscarded = reader.UInt64("bytes discarded"),
            GuestOpens = reader.UInt64("guest opens"),
            Transmit = (reader.UInt32("transmit base"), ReadConsumed(ref reader)),
            ReceiveBase = reader.UInt32("receive base"),
            Receive = (flags & PortStateFlags.HasReceive) != 0 ? BuffersOut.Read(ref reader) : null,
        };
    }

    private static void Write(StateWriter writer, RateLimit limit, RateDebt debt)
    {
        writer.UInt64((ulong)limit.BytesPerSecond);
        writer.UInt64((ulong)limit.MessagesPerSecond);
        writer.UInt64((ulong)debt.Bytes);
        writer.UInt64((ulong)debt.Messages);
    }

    private static (RateLimit Limit, RateDebt Debt) ReadLimit(ref StateReader reader, string field)
    {
        var limit = new RateLimit((long)reader.UInt64(field), (long)reader.UInt64(field));
        var debt = new RateDebt((long)reader.UInt64(field), (long)reader.UInt64(field));
        reader.Check(limit is { BytesPerSecond: >= 0, MessagesPerSecond: >= 0 }, field, "a limit is not negative");
        reader.Check(debt is { Bytes: >= 0 and <= RateMeter.Longest, Messages: >= 0 and <= RateMeter.Longest }, field, "paid for longer ahead than anybody can");
        return (limit, debt);
    }

    /// <summary>A chain has 4 GiB at the most.</summary>
    private static ulong ReadConsumed(ref StateReader reader)
    {
        ulong consumed = reader.UInt64("bytes consumed");
        reader.Check(consumed <= uint.MaxValue, "bytes consumed", $"{consumed} are more than a chain holds");
        return consumed;
    }
}
