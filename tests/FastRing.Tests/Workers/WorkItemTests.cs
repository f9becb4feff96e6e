using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>The line of items with work to do.</summary>
public class WorkItemTests : WorkerFixture
{
    [Fact]
    public async Task Items_that_always_have_work_take_turns_and_let_others_in()
    {
        var order = new List<int>();
        var items = Enumerable.Range(0, 3).Select(n => new RecordingItem(() => { order.Add(n); return order.Count < 300; })).ToArray();
        bool posted = false;
        var item = new RecordingItem(() => !posted); // works until an action that was posted meanwhile has run
        await Invoke(() => Array.ForEach(items, Worker.Schedule));
        await Invoke(() => Worker.Schedule(item));
        await Invoke(() => posted = true);
        await Rounds(400);

        Assert.True(order.Count >= 300);
        Assert.All(order.Take(300).Select((n, i) => (n, i)), turn => Assert.Equal(turn.i % 3, turn.n));
        Assert.False(item.IsScheduled);
    }

    [Fact]
    public async Task An_item_stands_in_line_once()
    {
        int runs = 0;
        RecordingItem? item = null;
        item = new RecordingItem(() =>
        {
            Worker.Schedule(item!);
            return ++runs < 5;
        });
        await Invoke(() =>
        {
            Worker.Schedule(item);
            Worker.Schedule(item);
        });
        await Rounds(3);
        await Invoke(() => item.Work = () => false);
        await Rounds(2);
        Assert.False(item.IsScheduled);
        int before = item.Runs;
        await Invoke(() => { Worker.Schedule(item); Worker.Schedule(item); });
        await Rounds(2);
        Assert.Equal(before + 1, item.Runs);
    }

    [Fact]
    public async Task What_an_item_brings_into_line_has_its_turn_before_descriptors_are_looked_at()
    {
        using EventFd ready = EventFd.Create();
        var order = new List<string>();
        var handler = new RecordingHandler { Do = () => { order.Add("descriptor"); ready.Drain(); } };
        var second = new RecordingItem(() => { order.Add("brought"); return false; });
        var first = new RecordingItem(() => { order.Add("item"); Worker.Schedule(second); return false; });
        WatchedFd? watch = null;
        await Invoke(() =>
        {
            watch = Worker.Watch(ready.Fd, EpollEvents.In, handler);
            Worker.Schedule(first);
            ready.Signal();
        });
        await Wait(handler.Called);
        await Rounds(3);
        await Invoke(watch!.Dispose);

        // One that polls may have been told of the descriptor before it came to the line at all.
        Assert.Equal(3, order.Count);
        Assert.Equal(order.IndexOf("item") + 1, order.IndexOf("brought"));
    }

    [Fact]
    public async Task A_faulting_item_is_told_and_leaves_the_line_to_the_others()
    {
        var fault = new InvalidOperationException("item");
        var bad = new RecordingItem(() => throw fault);
        int turns = 0;
        var good = new RecordingItem(() => ++turns < 10);
        await Invoke(() =>
        {
            Worker.Schedule(bad);
            Worker.Schedule(good);
        });
        await Rounds(15);
        Assert.Equal((10, 1, fault), (turns, bad.Runs, Assert.Single(bad.Faults)));
        Assert.False(bad.IsScheduled);
    }

    [Fact]
    public async Task A_timer_of_no_delay_waits_for_the_next_round()
    {
        var rounds = new List<int>();
        int round = 0;
        var counter = new RecordingItem(() => ++round > 0 && rounds.Count < 20);
        var done = NewSignal();
        await Invoke(() =>
        {
            Worker.Schedule(counter);
            Again();
        });
        await Wait(done);
        Assert.Equal(rounds.Skip(1).Distinct(), rounds.Skip(1)); // the first is set before its round

        void Again()
        {
            rounds.Add(round);
            if (rounds.Count < 20)
            {
                Worker.RunAfter(TimeSpan.Zero, Again);
            }
            else
            {
                done.SetResult();
            }
        }
    }
}
