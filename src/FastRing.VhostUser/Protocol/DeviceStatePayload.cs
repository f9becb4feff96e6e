using System.Buffers.Binary;

namespace FastRing.VhostUser.Protocol;

/// <summary>What <c>SET_DEVICE_STATE_FD</c> says, and how it is answered.</summary>
/// <param name="Direction">Which way. Untrusted.</param>
/// <param name="Phase">When: 0, while the device is stopped. Nobody has defined another.</param>
internal readonly record struct DeviceStatePayload(StateDirection Direction, uint Phase)
{
    public const int SizeBytes = 8;

    public const uint Stopped = 0;

    /// <summary>Bits of the answer that are 0 when it worked.</summary>
    public const ulong ErrorMask = 0xff;

    /// <summary>The answer's bit that says that no descriptor comes along: the one that was sent is used.</summary>
    public const ulong NoDescriptorFlag = 1UL << 8;

    public static DeviceStatePayload Read(ReadOnlySpan<byte> source) =>
        new((StateDirection)BinaryPrimitives.ReadUInt32LittleEndian(source), BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)Direction);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Phase);
    }
}
