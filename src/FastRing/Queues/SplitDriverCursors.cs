using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>The cursors of a split ring's driver side, with a cache line's distance to whatever lies before and behind them: the device's may be the next object.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct SplitDriverCursors
{
    /// <summary>avail.idx with all that was added.</summary>
    [FieldOffset(64)]
    public ushort Added;

    /// <summary>avail.idx as last written.</summary>
    [FieldOffset(66)]
    public ushort Published;

    /// <summary>Place of the next used element.</summary>
    [FieldOffset(68)]
    public ushort Taken;

    /// <summary>used.idx as last read.</summary>
    [FieldOffset(70)]
    public ushort Used;

    /// <summary>The first and the last of the free descriptors.</summary>
    [FieldOffset(72)]
    public ushort FreeHead;

    /// <inheritdoc cref="FreeHead"/>
    [FieldOffset(74)]
    public ushort FreeTail;

    /// <summary>Descriptors not in use.</summary>
    [FieldOffset(76)]
    public int Free;

    /// <summary>In order: the last of the chains that are used by the element read. -1: none is known to be.</summary>
    [FieldOffset(80)]
    public int RunEnd;

    /// <summary>In order: bytes written into that chain.</summary>
    [FieldOffset(84)]
    public uint RunWritten;

    /// <summary>Entries published since the last decision about a notification.</summary>
    [FieldOffset(88)]
    public ulong Undecided;

    /// <summary>In order: first descriptor of the next chain to come back.</summary>
    [FieldOffset(96)]
    public ushort TakenHead;
}
