using System.Buffers.Binary;

namespace FastRing.Console.Spec;

/// <summary>The configuration space: le16 cols, le16 rows, le32 max_nr_ports, le32 emerg_wr (virtio 1.2, 5.3.4).</summary>
public static class ConsoleConfig
{
    /// <summary>Bytes of the configuration space.</summary>
    public const int SizeBytes = 12;

    /// <summary>Writes the space as the driver reads it: no size (its feature is not offered), emerg_wr always 0.</summary>
    public static void Write(Span<byte> destination, int maxPorts)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], (uint)maxPorts);
    }

    /// <summary>max_nr_ports of a configuration space as read by a driver.</summary>
    public static int ReadMaxPorts(ReadOnlySpan<byte> config) => (int)BinaryPrimitives.ReadUInt32LittleEndian(config[4..]);
}
