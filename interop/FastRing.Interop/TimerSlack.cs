namespace FastRing.Interop;

/// <summary>How late the kernel may end the calling thread's waits, to let several end at once: <c>PR_SET_TIMERSLACK</c> of prctl(2). 50 us unless set.</summary>
public static class TimerSlack
{
    /// <summary>Sets it for the calling thread.</summary>
    /// <param name="nanoseconds">At least 1.</param>
    /// <exception cref="LinuxException">prctl(2) failed.</exception>
    public static void Set(int nanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nanoseconds, 1); // 0 would mean the default.
        Libc.Check(Libc.prctl(Libc.PR_SET_TIMERSLACK, (nuint)nanoseconds, 0, 0, 0), "prctl");
    }
}
