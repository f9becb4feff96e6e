using System.Runtime.InteropServices;

namespace FastRing.Queues;

/// <summary>The cursors of a ring's driver side, with a cache line's distance to whatever lies before and behind them: the device's may be the next object.</summary>
/// <typeparam name="T">A place on the ring.</typeparam>
[StructLayout(LayoutKind.Sequential)]
internal struct DriverCursors<T>
    where T : unmanaged
{
    private readonly CacheLine _before;

    /// <summary>Where the next chain is made available.</summary>
    public T Added;

    /// <summary>What the device has been shown.</summary>
    public T Published;

    /// <summary>Where the next used buffer is taken.</summary>
    public T Taken;

    /// <summary>Descriptors not in use.</summary>
    public int Free;

    /// <summary>In order: chains before this one are used too, by the used element already read. -1: none is known to be.</summary>
    public int RunEnd;

    /// <summary>In order: bytes written into the chain that ends the run.</summary>
    public uint RunWritten;

    /// <summary>Descriptors or entries published since the last decision about a notification.</summary>
    public uint Undecided;

    /// <summary>Packed: the first descriptor's length, id and flags of what was added since the last publication.</summary>
    public ulong FirstWord;

    /// <summary>Packed: buffer ids not in use.</summary>
    public int FreeIds;

    /// <summary>Split: used.idx as last read.</summary>
    public ushort Used;

    /// <summary>Split: the first and the last of the free descriptors.</summary>
    public ushort FreeHead;

    /// <inheritdoc cref="FreeHead"/>
    public ushort FreeTail;

    private readonly CacheLine _behind;
}
