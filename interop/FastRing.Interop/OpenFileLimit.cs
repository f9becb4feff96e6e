namespace FastRing.Interop;

/// <summary>How many descriptors this process may have: RLIMIT_NOFILE of getrlimit(2). The .NET runtime raises the soft limit to the hard one when it starts.</summary>
public static class OpenFileLimit
{
    /// <summary>
    /// The last ones, which no client is accepted on: a runtime that loads a library late needs a descriptor for it, and ends the process when there is none.
    /// </summary>
    public const int Reserve = 64;

    /// <summary>The soft limit.</summary>
    /// <exception cref="LinuxException">getrlimit(2) failed.</exception>
    public static unsafe int Current
    {
        get
        {
            ulong* limit = stackalloc ulong[2]; // rlim_cur, rlim_max

            // SAFETY: the kernel writes exactly two words.
            Libc.Check(Libc.getrlimit(Libc.RLIMIT_NOFILE, limit), "getrlimit");
            return (int)Math.Min(limit[0], int.MaxValue);
        }
    }

    /// <summary>Whether a descriptor is one of the reserve. The kernel always gives the lowest number that is free.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="reserve">How many the reserve has; the usual one, or a smaller one for whoever may have some of that.</param>
    public static bool IsOfReserve(int fd, int reserve = Reserve) => fd >= Current - reserve;
}
