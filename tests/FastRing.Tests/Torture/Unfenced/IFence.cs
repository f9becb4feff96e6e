namespace FastRing.Tests.Torture.Unfenced;

/// <summary>What stands between a side's store and its load of what the other side stores. A side has two of them, and each is one half of a pair with the other side's other one.</summary>
internal interface IFence
{
    /// <summary>Behind the store that shows something, before the load of what the other side asked for.</summary>
    static abstract void AfterPublishing();

    /// <summary>Behind the store that asks to be notified, before the load that looks once more.</summary>
    static abstract void AfterAsking();
}

/// <summary>Full fences, as the rings have them.</summary>
internal readonly struct Fence : IFence
{
    public static void AfterPublishing() => Interlocked.MemoryBarrier();

    public static void AfterAsking() => Interlocked.MemoryBarrier();
}

/// <summary>Nothing: the volatile accesses around it are all there is.</summary>
internal readonly struct NoFence : IFence
{
    public static void AfterPublishing()
    {
    }

    public static void AfterAsking()
    {
    }
}

/// <summary>Only the second of the two.</summary>
internal readonly struct NoFenceAfterPublishing : IFence
{
    public static void AfterPublishing()
    {
    }

    public static void AfterAsking() => Interlocked.MemoryBarrier();
}

/// <summary>Only the first of the two.</summary>
internal readonly struct NoFenceAfterAsking : IFence
{
    public static void AfterPublishing() => Interlocked.MemoryBarrier();

    public static void AfterAsking()
    {
    }
}
