namespace FastRing.Interop.Sandbox;

/// <summary>What this process gives up for good.</summary>
public static class Privileges
{
    /// <summary>No program it runs gets more rights than it has, set-user-ID or not: PR_SET_NO_NEW_PRIVS of prctl(2). For the calling thread and all it starts.</summary>
    /// <exception cref="LinuxException">prctl(2) failed.</exception>
    public static void ForbidNew() => Libc.Check(Libc.prctl(Libc.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");

    /// <summary>
    /// No core dump, and no other process of its user may look into its memory: RLIMIT_CORE of setrlimit(2), PR_SET_DUMPABLE of prctl(2). The second ends
    /// with another program in the process.
    /// </summary>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static unsafe void ForbidDumps()
    {
        ulong* limit = stackalloc ulong[2]; // rlim_cur, rlim_max
        limit[0] = limit[1] = 0;

        // SAFETY: the kernel reads exactly two words.
        Libc.Check(Libc.setrlimit(Libc.RLIMIT_CORE, limit), "setrlimit");
        Libc.Check(Libc.prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl");
    }
}
