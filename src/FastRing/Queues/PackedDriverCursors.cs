using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>The cursors of a packed ring's driver side, with a cache line's distance to whatever lies before and behind them: the device's may be the next object.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct PackedDriverCursors
{
    /// <summary>Slot of the next descriptor made available.</summary>
    [FieldOffset(64)]
    public uint Added;

    /// <summary>Slot of the first descriptor the device has not been shown.</summary>
    [FieldOffset(68)]
    public uint Published;

    /// <summary>Slot of the next used descriptor.</summary>
    [FieldOffset(72)]
    public uint Taken;

    /// <summary>Slots not in use.</summary>
    [FieldOffset(76)]
    public int Free;

    /// <summary>Slots added and not shown.</summary>
    [FieldOffset(80)]
    public int Unpublished;

    /// <summary>Slots the device has.</summary>
    [FieldOffset(84)]
    public int InFlight;

    /// <summary>Buffer ids not in use.</summary>
    [FieldOffset(88)]
    public int FreeIds;

    /// <summary>In order: the last of the chains that are used by the descriptor read. -1: none is known to be.</summary>
    [FieldOffset(92)]
    public int RunEnd;

    /// <summary>In order: bytes written into that chain.</summary>
    [FieldOffset(96)]
    public uint RunWritten;

    /// <summary>Slots published since the last decision about a notification; no more than the ring's size counts.</summary>
    [FieldOffset(100)]
    public uint Undecided;

    /// <summary>AVAIL and USED of a descriptor made available at <see cref="Added"/>, where they stand in the word.</summary>
    [FieldOffset(104)]
    public ulong AddedFlags;

    /// <summary>AVAIL and USED of a descriptor used at <see cref="Taken"/>.</summary>
    [FieldOffset(112)]
    public ulong UsedFlags;

    /// <summary>Length, id and flags of the first descriptor the device has not been shown: written last.</summary>
    [FieldOffset(120)]
    public ulong FirstWord;
}
