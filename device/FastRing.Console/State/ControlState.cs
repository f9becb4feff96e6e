using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Devices.State;

namespace FastRing.Console.State;

/// <summary>The control receive queue in a device's state.</summary>
/// <param name="Base">Where it stopped; null: it never ran, or its driver is gone.</param>
/// <param name="Buffers">What is out of its buffers; null with <paramref name="Base"/>.</param>
/// <param name="Line">Ports with something to tell, in the order they are served.</param>
/// <param name="Unheard">Messages the driver has not dealt with: port, message, and how many buffers it must have given back when it has.</param>
internal sealed record ControlState(uint? Base, BuffersOut? Buffers, int[] Line, (int Port, PendingControl What, ulong After)[] Unheard)
{
    private const int LineBytes = 2;
    private const int UnheardBytes = 11;

    public void Write(StateWriter writer)
    {
        writer.UInt8(Base is null ? (byte)0 : (byte)1);
        if (Base is { } at)
        {
            writer.UInt32(at);
            Buffers!.Write(writer);
        }

        writer.UInt16((ushort)Line.Length);
        foreach (int port in Line)
        {
            writer.UInt16((ushort)port);
        }

        writer.UInt16((ushort)Unheard.Length);
        foreach ((int port, PendingControl what, ulong after) in Unheard)
        {
            writer.UInt16((ushort)port);
            writer.UInt8((byte)what);
            writer.UInt64(after);
        }
    }

    public static ControlState Read(ref StateReader reader)
    {
        reader.Place = "control queue: ";
        byte ran = reader.UInt8("ran");
        reader.Check(ran <= 1, "ran", "neither yes nor no");
        uint? at = ran == 1 ? reader.UInt32("base") : null;
        BuffersOut? buffers = at is null ? null : BuffersOut.Read(ref reader);
        var line = new int[Count(ref reader, QueueMap.MostPorts, LineBytes, "line")];
        foreach (ref int port in line.AsSpan())
        {
            port = PortNumber(ref reader, "line");
        }

        var unheard = new (int, PendingControl, ulong)[Count(ref reader, 2 * QueueMap.MostPorts, UnheardBytes, "unheard messages")];
        foreach (ref (int, PendingControl, ulong) one in unheard.AsSpan())
        {
            one = (PortNumber(ref reader, "unheard messages"), (PendingControl)reader.UInt8("unheard messages"), reader.UInt64("unheard messages"));
            reader.Check(one.Item2 is PendingControl.Open or PendingControl.Remove, "unheard messages", "one that nobody waits for");
            reader.Check(buffers is not null && one.Item3 <= buffers.Used, "unheard messages", "behind the buffers used");
        }

        return new ControlState(at, buffers, line, unheard);
    }

    private static int Count(ref StateReader reader, int most, int bytesEach, string field)
    {
        int count = reader.UInt16(field);
        reader.Check(count <= most && count * bytesEach <= reader.Left, field, $"{count} are more than there can be");
        return reader.Error is null ? count : 0;
    }

    private static int PortNumber(ref StateReader reader, string field)
    {
        ushort number = reader.UInt16(field);
        reader.Check(number < QueueMap.MostPorts, field, $"there is no port {number}");
        return reader.Error is null ? number : 0;
    }
}
