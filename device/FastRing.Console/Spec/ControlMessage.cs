using System.Buffers.Binary;

namespace FastRing.Console.Spec;

/// <summary>A message on a control queue: 8 bytes, little endian (virtio 1.2, 5.3.6.2).</summary>
/// <param name="Port">Port id; <see cref="NoPort"/> for events of the whole device.</param>
/// <param name="Event">What happened.</param>
/// <param name="Value">1 or 0, where the event has a value.</param>
/// <remarks><c>struct virtio_console_control</c></remarks>
public readonly record struct ControlMessage(uint Port, ControlEvent Event, ushort Value)
{
    /// <summary>Bytes a message takes, without what follows it.</summary>
    public const int SizeBytes = 8;

    /// <summary>What Linux puts for a port in device events. (<c>VIRTIO_CONSOLE_BAD_ID</c>)</summary>
    public const uint NoPort = 0xffff_ffff;

    /// <summary>Reads a message from at least <see cref="SizeBytes"/> bytes.</summary>
    public static ControlMessage Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        (ControlEvent)BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[6..]));

    /// <summary>Writes the message to at least <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Port);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)Event);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], Value);
    }
}
