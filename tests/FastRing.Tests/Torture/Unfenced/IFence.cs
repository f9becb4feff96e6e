namespace FastRing.Tests.Torture.Unfenced;

/// <summary>What stands between a side's store and its load of what the other side stores.</summary>
internal interface IFence
{
    static abstract void Full();
}

/// <summary>A full fence, as the rings have it.</summary>
internal readonly struct Fence : IFence
{
    public static void Full() => Interlocked.MemoryBarrier();
}

/// <summary>Nothing: the volatile accesses around it are all there is.</summary>
internal readonly struct NoFence : IFence
{
    public static void Full()
    {
    }
}
