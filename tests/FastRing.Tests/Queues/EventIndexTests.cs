using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Queues;

public class EventIndexTests
{
    [Fact]
    public void Passed_is_true_when_a_step_left_the_wanted_index_behind()
    {
        ushort[] starts = [0, 1, 2, 255, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff];
        int[] steps = [0, 1, 2, 3, 64, 255, 256, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff];
        foreach (ushort before in starts)
        {
            foreach (int step in steps)
            {
                for (int wanted = 0; wanted <= ushort.MaxValue; wanted++)
                {
                    // The indices left behind are before, before + 1, ... before + step - 1.
                    bool expected = (ushort)(wanted - before) < step;
                    if (expected != EventIndex.Passed((ushort)wanted, (ushort)(before + step), before))
                    {
                        Assert.Fail($"{before} + {step}, {wanted}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Passed_agrees_with_walking_the_indices()
    {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            ushort before = (ushort)random.Next(0x10000);
            int step = random.Next(300);
            ushort wanted = (ushort)(before + random.Next(-20, 320));
            bool expected = Enumerable.Range(0, step).Any(n => (ushort)(before + n) == wanted);
            Assert.Equal(expected, EventIndex.Passed(wanted, (ushort)(before + step), before));
        }
    }
}
