using System.Buffers.Binary;
using System.Numerics;

namespace FastRing.VfioUser.Protocol;

/// <summary>What is to be done with some interrupts (<c>VFIO_USER_DEVICE_SET_IRQS</c>).</summary>
internal readonly record struct IrqSet(uint ArgumentBytes, uint Flags, uint Index, uint Start, uint Count)
{
    public const int Bytes = 20;

    public const uint DataNone = 1 << 0;
    public const uint DataBool = 1 << 1;
    public const uint DataEventFd = 1 << 2;
    public const uint ActionMask = 1 << 3;
    public const uint ActionUnmask = 1 << 4;
    public const uint ActionTrigger = 1 << 5;

    private const uint AllData = DataNone | DataBool | DataEventFd;
    private const uint AllActions = ActionMask | ActionUnmask | ActionTrigger;

    public uint Data => Flags & AllData;

    public uint Action => Flags & AllActions;

    /// <summary>One of each, and nothing else.</summary>
    public bool HasValidFlags => (Flags & ~(AllData | AllActions)) == 0 && BitOperations.IsPow2(Data) && BitOperations.IsPow2(Action);

    public static IrqSet Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[16..]));
}
