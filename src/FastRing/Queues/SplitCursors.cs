using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>
/// The cursors of a split ring's device side. Written for every batch, so they keep a cache line's distance to whatever lies before and
/// behind them: the driver's cursors may be the next object.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct SplitCursors
{
    /// <summary>avail.idx as last read.</summary>
    [FieldOffset(64)]
    public ushort Available;

    /// <summary>Get cursor.</summary>
    [FieldOffset(66)]
    public ushort Got;

    /// <summary>Complete cursor.</summary>
    [FieldOffset(68)]
    public ushort Completed;

    /// <summary>used.idx as last written.</summary>
    [FieldOffset(70)]
    public ushort Published;

    /// <summary>used.idx at the last decision about a notification.</summary>
    [FieldOffset(72)]
    public ushort Signalled;

    /// <summary>False until the first decision: where the ring was before it was started here, nobody knows what was signalled.</summary>
    [FieldOffset(74)]
    public bool IsSignalledValid;

    /// <summary>In order: a used element is kept back that stands for the chains from <see cref="RunStart"/> on.</summary>
    [FieldOffset(75)]
    public bool HasRun;

    /// <summary>In order: the chain the element names has no buffer whose length would have to be told, so that it may be skipped.</summary>
    [FieldOffset(76)]
    public bool RunMayGrow;

    /// <summary>Place of the element kept back.</summary>
    [FieldOffset(78)]
    public ushort RunStart;

    /// <summary>avail_event as last written.</summary>
    [FieldOffset(84)]
    public ushort Asked;

    /// <summary>Used buffers published since the last decision about a notification.</summary>
    [FieldOffset(80)]
    public uint Undecided;

    /// <summary>The element kept back.</summary>
    [FieldOffset(88)]
    public ulong RunElement;
}
