using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

public class WorkerTimerTests : WorkerFixture
{
    [Fact]
    public async Task It_runs_once_for_its_last_start()
    {
        TaskCompletionSource done = NewSignal();
        int runs = 0;
        await Invoke(() =>
        {
            var timer = new WorkerTimer(Worker, () => runs++);
            timer.Start(TimeSpan.FromSeconds(20)); // Would end the test late.
            timer.Start(TimeSpan.FromMilliseconds(1));
            timer.Start(TimeSpan.FromMilliseconds(5));
            timer.Start(TimeSpan.FromMilliseconds(2));
            Worker.RunAfter(TimeSpan.FromMilliseconds(30), done.SetResult);
        });
        await Wait(done);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_cleared_one_does_not_run_until_it_is_started_again()
    {
        TaskCompletionSource done = NewSignal();
        int runs = 0;
        WorkerTimer? timer = null;
        await Invoke(() =>
        {
            timer = new WorkerTimer(Worker, () => runs++);
            timer.Start(TimeSpan.FromMilliseconds(1));
            timer.Clear();
            Worker.RunAfter(TimeSpan.FromMilliseconds(5), done.SetResult);
        });
        await Wait(done);
        Assert.Equal(0, runs);

        done = NewSignal();
        await Invoke(() =>
        {
            timer!.Start(TimeSpan.FromMilliseconds(1));
            Worker.RunAfter(TimeSpan.FromMilliseconds(5), done.SetResult);
        });
        await Wait(done);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task One_that_starts_itself_again_goes_on_and_allocates_nothing()
    {
        TaskCompletionSource done = NewSignal();
        int runs = 0;
        long before = 0;
        long after = 0;
        WorkerTimer? timer = null;
        await Invoke(() =>
        {
            timer = new WorkerTimer(Worker, Again);
            timer.Start(TimeSpan.Zero);
        });
        await Wait(done);
        Assert.Equal(before, after);

        void Again()
        {
            runs++;
            before = runs == 1000 ? GC.GetAllocatedBytesForCurrentThread() : before;
            after = GC.GetAllocatedBytesForCurrentThread();
            if (runs < 2000)
            {
                timer!.Start(TimeSpan.FromMicroseconds(runs % 3));
            }
            else
            {
                done.SetResult();
            }
        }
    }
}
