using System.Buffers.Binary;

namespace FastRing.Console.Spec;

/// <summary>The configuration space: le16 cols, le16 rows, le32 max_nr_ports, le32 emerg_wr (virtio 1.2, 5.3.4).</summary>
public static class ConsoleConfig
{
    /// <summary>Bytes of the configuration space.</summary>
    public const int SizeBytes = 12;

    /// <summary>Bytes of cols and rows.</summary>
    public const int SizeOfSize = 2 * sizeof(ushort);

    /// <summary>Where emerg_wr stands.</summary>
    public const int EmergencyWriteOffset = 8;

    /// <summary>Writes the space as the driver reads it; emerg_wr is always 0.</summary>
    public static void Write(Span<byte> destination, ConsoleSize size, int maxPorts)
    {
        destination.Clear();
        WriteSize(destination, size, ResizeOrder.ColumnsFirst);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], (uint)maxPorts);
    }

    /// <summary>Writes two le16. Of the configuration space, and of a <c>RESIZE</c> message, where the order is not the same for all drivers.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteSize(Span<byte> destination, ConsoleSize size, ResizeOrder order)
    {
        bool columnsFirst = order == ResizeOrder.ColumnsFirst;
        BinaryPrimitives.WriteUInt16LittleEndian(destination, columnsFirst ? size.Columns : size.Rows);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], columnsFirst ? size.Rows : size.Columns);
        return SizeOfSize;
    }

    /// <summary>Reads what <see cref="WriteSize"/> wrote.</summary>
    public static ConsoleSize ReadSize(ReadOnlySpan<byte> source, ResizeOrder order)
    {
        ushort first = BinaryPrimitives.ReadUInt16LittleEndian(source);
        ushort second = BinaryPrimitives.ReadUInt16LittleEndian(source[2..]);
        return order == ResizeOrder.ColumnsFirst ? new ConsoleSize(first, second) : new ConsoleSize(second, first);
    }

    /// <summary>max_nr_ports of a configuration space as read by a driver.</summary>
    public static int ReadMaxPorts(ReadOnlySpan<byte> config) => (int)BinaryPrimitives.ReadUInt32LittleEndian(config[4..]);
}
