using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>The cursors of a packed ring's device side, with a cache line's distance to whatever lies before and behind them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct PackedCursors
{
    /// <summary>Get cursor.</summary>
    [FieldOffset(64)]
    public PackedPosition Got;

    /// <summary>Complete cursor.</summary>
    [FieldOffset(66)]
    public PackedPosition Completed;

    /// <summary>Where the next publication begins.</summary>
    [FieldOffset(68)]
    public PackedPosition Published;

    /// <summary>Place of the element kept back.</summary>
    [FieldOffset(70)]
    public PackedPosition RunStart;

    /// <summary>A used element is kept back, in order for the chains from <see cref="RunStart"/> on.</summary>
    [FieldOffset(72)]
    public bool HasRun;

    /// <summary>In order: the chain the element names has no buffer whose length would have to be told, so that it may be skipped.</summary>
    [FieldOffset(73)]
    public bool RunMayGrow;

    /// <summary>False until the first decision.</summary>
    [FieldOffset(74)]
    public bool IsSignalledValid;

    /// <summary>Slots popped and not published.</summary>
    [FieldOffset(76)]
    public uint Taken;

    /// <summary>Slots completed and not published.</summary>
    [FieldOffset(80)]
    public uint Unpublished;

    /// <summary>Slots published since the last decision about a notification; no more than the ring's size counts.</summary>
    [FieldOffset(84)]
    public uint Undecided;

    /// <summary>The element kept back: len, id and flags of a used descriptor.</summary>
    [FieldOffset(88)]
    public ulong RunElement;

    /// <summary>The first element of the publication to come: shown last, because the driver reads in order and stops there.</summary>
    [FieldOffset(96)]
    public ulong FirstElement;
}
