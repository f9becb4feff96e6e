using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>Methods that live on a worker.</summary>
public class RunAsyncTests : WorkerFixture
{
    [Fact]
    public async Task A_method_runs_on_the_worker_after_whatever_it_awaits()
    {
        var places = new List<bool>();
        await Run(async () =>
        {
            places.Add(Worker.IsCurrent);
            await Task.Yield();
            places.Add(Worker.IsCurrent);
            await Task.Run(() => places.Add(!Worker.IsCurrent));
            places.Add(Worker.IsCurrent);
            await Task.Delay(1);
            places.Add(Worker.IsCurrent);
            await InnerAsync();
            places.Add(Worker.IsCurrent);
        });
        Assert.Equal(Enumerable.Repeat(true, 6), places);
        Assert.False(Worker.IsCurrent);
        Assert.Empty(Faults);

        static async Task InnerAsync() => await Task.Delay(1).ConfigureAwait(false);
    }

    [Fact]
    public async Task A_failure_comes_back_before_and_after_the_first_await()
    {
        var thrown = new InvalidOperationException("mine");
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidOperationException>(() => Run(() => throw thrown)));
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidOperationException>(() => Run(async () =>
        {
            await Task.Yield();
            throw thrown;
        })));
        Assert.Empty(Faults);
    }

    [Fact]
    public async Task Methods_on_one_worker_take_turns()
    {
        int inside = 0;
        int sum = 0;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Run(async () =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Equal(1, ++inside);
                sum++;
                inside--;
                await Task.Yield();
            }
        })));
        Assert.Equal(1000, sum);
    }

    [Fact]
    public async Task The_worker_itself_may_ask_for_it()
    {
        bool ran = false;
        await Run(() => Worker.RunAsync(async () =>
        {
            await Task.Yield();
            ran = Worker.IsCurrent;
        }));
        Assert.True(ran);
    }

    [Fact]
    public async Task What_an_async_void_method_throws_is_the_workers_fault()
    {
        await Invoke(ThrowLater);
        await Rounds(2);
        Assert.Equal("mine", Assert.Single(Faults).Message);

        static async void ThrowLater()
        {
            await Task.Yield();
            throw new InvalidOperationException("mine");
        }
    }

    [Fact]
    public async Task A_context_sends_from_anywhere()
    {
        SynchronizationContext? context = null;
        await Invoke(() => context = SynchronizationContext.Current);
        bool ran = false;
        context!.CreateCopy().Send(_ => ran = Worker.IsCurrent, null);
        Assert.True(ran);
        int order = 0;
        await Invoke(() =>
        {
            context.Send(_ => order = 1, null);
            Assert.Equal(1, order);
            context.Post(state => order = (int)state!, 2);
            Assert.Equal(1, order);
        });
        await Rounds(1);
        Assert.Equal(2, order);
        Assert.Throws<InvalidOperationException>(() => context.Send(_ => throw new InvalidOperationException(), null));
    }

    [Fact]
    public async Task A_worker_that_has_ended_says_so()
    {
        Worker.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Run(() => Task.CompletedTask));
    }

    private Task Run(Func<Task> method) => Worker.RunAsync(method).WaitAsync(s_deadline, TestContext.Current.CancellationToken);
}
