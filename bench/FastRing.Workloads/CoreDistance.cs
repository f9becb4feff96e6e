using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastRing.Interop;

namespace FastRing.Workloads;

/// <summary>
/// How far two processors are from each other: the round trip of one cache line between them. A hypervisor that moves virtual processors about
/// changes it from one second to the next, and everything that crosses processors becomes slower by as much.
/// </summary>
public static class CoreDistance
{
    /// <summary>Below this the processors are near, ns. Figures of runs with a larger distance are not compared.</summary>
    public const double NearNs = 110;

    private const double MeasuredNs = 10e6;
    private const int RoundsAtOnce = 256;

    // A cache line of its own, in the middle of the array.
    private static readonly long[] s_line = GC.AllocateArray<long>(64, pinned: true);

    private static ref long Ball => ref s_line[32];

    /// <summary>Nanoseconds of a round trip between two processors, measured for about 10 ms by two threads that are pinned there.</summary>
    public static double Measure(int cpu, int otherCpu)
    {
        double ns = 0;
        Volatile.Write(ref Ball, 0);
        var there = new Thread(() => Return(otherCpu));
        var here = new Thread(() => ns = MeasureFrom(cpu));
        there.Start();
        here.Start();
        here.Join();
        Volatile.Write(ref Ball, -1);
        there.Join();
        return ns;
    }

    private static double MeasureFrom(int cpu)
    {
        CpuAffinity.Set(cpu);
        Throw(1, RoundsAtOnce, out long ball); // The other thread has started after this.
        long start = Stopwatch.GetTimestamp();
        int rounds = 0;
        while (Stopwatch.GetElapsedTime(start).TotalNanoseconds < MeasuredNs)
        {
            Throw(ball, RoundsAtOnce, out ball);
            rounds += RoundsAtOnce;
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
    }

    /// <summary>Odd numbers fly out, the next even ones come back. Optimized from its first call on: there is no time to warm up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Throw(long ball, int rounds, out long next)
    {
        ref long line = ref Ball;
        for (int i = 0; i < rounds; i++)
        {
            Volatile.Write(ref line, ball);
            while (Volatile.Read(ref line) == ball)
            {
                SpinHint.Pause();
            }

            ball += 2;
        }

        next = ball;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Return(int cpu)
    {
        CpuAffinity.Set(cpu);
        ref long line = ref Ball;
        while (Volatile.Read(ref line) is >= 0 and var ball)
        {
            if ((ball & 1) != 0)
            {
                Volatile.Write(ref line, ball + 1);
            }

            SpinHint.Pause();
        }
    }
}
