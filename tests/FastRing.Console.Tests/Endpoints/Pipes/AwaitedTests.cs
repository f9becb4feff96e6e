using System.Runtime.CompilerServices;
using FastRing.Console.Endpoints.Pipes;
using FastRing.Workers;

#pragma warning disable CA2012 // Tasks used in the wrong way are what is tested.

namespace FastRing.Console.Tests.Endpoints.Pipes;

public sealed class AwaitedTests
{
    [Fact]
    public void What_awaits_it_runs_within_Set_again_and_again()
    {
        var awaited = new Awaited<int>();
        int sum = 0;
        _ = SumAsync();
        for (int i = 1; i <= 10; i++)
        {
            Assert.True(awaited.IsPending);
            awaited.Set(i);
            Assert.Equal(i * (i + 1) / 2, sum);
        }

        async Task SumAsync()
        {
            while (true)
            {
                sum += await awaited.Begin();
            }
        }
    }

    [Fact]
    public async Task A_failure_is_thrown_and_a_cancellation_is_one()
    {
        var awaited = new Awaited<int>();
        ValueTask<int> task = awaited.Begin();
        awaited.Fail(new InvalidOperationException("mine"));
        Assert.False(awaited.IsPending);
        Assert.True(task.IsFaulted);
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await task)).Message);
        task = awaited.Begin();
        awaited.Fail(new OperationCanceledException());
        Assert.True(task.IsCanceled);
    }

    [Fact]
    public async Task A_task_is_good_for_one_result_and_has_none_before_it_is_set()
    {
        var awaited = new Awaited<int>();
        ValueTask<int> first = awaited.Begin();
        ValueTaskAwaiter<int> tooEarly = first.GetAwaiter();
        Assert.Throws<InvalidOperationException>(() => tooEarly.GetResult());
        awaited.Set(1);
        Assert.Equal(1, await first);
        ValueTask<int> second = awaited.Begin();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task A_context_is_not_asked_but_where_the_result_is_there_already()
    {
        using var worker = new Worker("awaited", e => Assert.Fail(e.ToString()));
        var ran = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isWithin = false;
        await worker.InvokeAsync(() =>
        {
            var awaited = new Awaited<int>();
            var awaiter = awaited.Begin().GetAwaiter();
            awaiter.UnsafeOnCompleted(() => isWithin = true);
            awaited.Set(1);
            Assert.True(isWithin);

            awaiter = awaited.Begin().GetAwaiter();
            awaited.Set(2);
            awaiter.UnsafeOnCompleted(() => ran.SetResult(worker.IsCurrent));
        });
        Assert.True(await ran.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }
}
