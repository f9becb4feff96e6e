namespace FastRing.Interop.Tests;

public class CpuAffinityTests
{
    [Fact]
    public void A_thread_is_tied_to_one_processor_and_its_neighbours_are_not()
    {
        int[] before = CpuAffinity.Get();
        Assert.Equal(Environment.ProcessorCount, before.Length);
        int[] pinned = [];
        Thread thread = new(() =>
        {
            CpuAffinity.Set(before[^1]);
            pinned = CpuAffinity.Get();
        });
        thread.Start();
        thread.Join();
        Assert.Equal([before[^1]], pinned);
        Assert.Equal(before, CpuAffinity.Get());
    }

    [Fact]
    public void A_processor_that_does_not_exist_is_refused()
    {
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => CpuAffinity.Set(8191)).Errno);
        Assert.Throws<ArgumentOutOfRangeException>(() => CpuAffinity.Set(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CpuAffinity.Set(8192));
    }
}
