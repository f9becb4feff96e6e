namespace FastRing.Interop;

/// <summary>On which processors the calling thread may run, sched_setaffinity(2).</summary>
public static class CpuAffinity
{
    private const int MaskWords = 128; // 8192 processors, the most Linux can be built for

    /// <summary>The processors the calling thread may use, ascending.</summary>
    /// <exception cref="LinuxException">sched_getaffinity(2) failed.</exception>
    public static unsafe int[] Get()
    {
        Span<ulong> mask = stackalloc ulong[MaskWords];

        // SAFETY: the mask is on the stack and its size in bytes is passed along.
        fixed (ulong* first = mask)
        {
            Libc.Check(Libc.sched_getaffinity(0, MaskWords * sizeof(ulong), first), "sched_getaffinity");
        }

        List<int> cpus = [];
        for (int cpu = 0; cpu < MaskWords * 64; cpu++)
        {
            if ((mask[cpu / 64] >> (cpu % 64) & 1) != 0)
            {
                cpus.Add(cpu);
            }
        }

        return [.. cpus];
    }

    /// <summary>Ties the calling thread to one processor.</summary>
    /// <param name="cpu">The processor's number, from 0.</param>
    /// <exception cref="LinuxException">EINVAL when there is no such processor or this process must not use it.</exception>
    public static unsafe void Set(int cpu)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cpu);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, MaskWords * 64);
        Span<ulong> mask = stackalloc ulong[MaskWords];
        mask[cpu / 64] = 1ul << (cpu % 64);

        // SAFETY: the mask is on the stack and its size in bytes is passed along.
        fixed (ulong* first = mask)
        {
            Libc.Check(Libc.sched_setaffinity(0, MaskWords * sizeof(ulong), first), "sched_setaffinity");
        }
    }
}
