using FastRing.Interop;
using FastRing.Workers;
using Xunit;

namespace FastRing.Tests.Workers;

/// <summary>Descriptors a worker watches.</summary>
public class WatchedFdTests : WorkerFixture
{
    [Fact]
    public async Task A_watched_descriptor_calls_its_handler_until_the_watch_ends()
    {
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler();
        WatchedFd? watch = null;
        await Invoke(() => watch = Worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        Assert.Equal(EpollEvents.In, handler.Seen);

        await Invoke(() =>
        {
            watch!.Dispose();
            watch.Dispose();
            watch.Change(EpollEvents.In | EpollEvents.Out);
        });
        int calls = handler.Calls;
        fd.Signal();
        await Rounds(3);
        Assert.Equal(calls, handler.Calls);
    }

    [Fact]
    public async Task A_watch_waits_for_what_it_was_changed_to()
    {
        using EventFd fd = EventFd.Create();
        fd.Signal();
        var handler = new RecordingHandler();
        WatchedFd? watch = null;
        await Invoke(() => watch = Worker.Watch(fd.Fd, EpollEvents.None, handler));
        await Rounds(3);
        Assert.Equal(0, handler.Calls);

        await Invoke(() => watch!.Change(EpollEvents.Out));
        await Wait(handler.Called);
        Assert.Equal((EpollEvents.Out, EpollEvents.Out), (handler.Seen, watch!.Events));
        await Invoke(watch.Dispose);
    }

    [Fact]
    public async Task A_handler_that_ends_anothers_watch_stops_its_event_too()
    {
        for (int i = 0; i < 50; i++)
        {
            using EventFd one = EventFd.Create();
            using EventFd two = EventFd.Create();
            var watches = new WatchedFd[2];
            var first = new RecordingHandler();
            var second = new RecordingHandler();
            first.Do = () => watches[1].Dispose();
            second.Do = () => watches[0].Dispose();
            await Invoke(() =>
            {
                watches[0] = Worker.Watch(one.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, first);
                watches[1] = Worker.Watch(two.Fd, EpollEvents.In | EpollEvents.EdgeTriggered, second);
                one.Signal();
                two.Signal(); // both are fetched by one wait
            });
            await Rounds(2);
            Assert.Equal(1, first.Calls + second.Calls);
            await Invoke(() => Array.ForEach(watches, w => w.Dispose()));
        }
    }

    [Fact]
    public async Task A_watch_in_the_place_of_an_ended_one_does_not_get_its_event()
    {
        using EventFd one = EventFd.Create();
        using EventFd two = EventFd.Create();
        using EventFd quiet = EventFd.Create();
        var watches = new WatchedFd[2];
        var replacements = new List<WatchedFd>();
        var replacing = new RecordingHandler();
        var never = new RecordingHandler();
        replacing.Do = () =>
        {
            if (replacements.Count == 0)
            {
                Array.ForEach(watches, w => w.Dispose());
                replacements.Add(Worker.Watch(quiet.Fd, EpollEvents.In, never));
            }
        };
        await Invoke(() =>
        {
            watches[0] = Worker.Watch(one.Fd, EpollEvents.In, replacing);
            watches[1] = Worker.Watch(two.Fd, EpollEvents.In, replacing);
            one.Signal();
            two.Signal();
        });
        await Wait(replacing.Called);
        await Rounds(3);
        Assert.Equal((1, 0), (replacing.Calls, never.Calls));

        quiet.Signal();
        await Wait(never.Called);
        await Invoke(replacements[0].Dispose);
    }

    [Fact]
    public async Task A_descriptor_that_cannot_be_watched_is_refused_and_costs_nothing()
    {
        using OwnedFd file = MemFd.Create("regular", 1);
        using EventFd fd = EventFd.Create();
        var handler = new RecordingHandler();
        await Invoke(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Throws<LinuxException>(() => Worker.Watch(file, EpollEvents.In, handler));
            }

            Assert.Equal(1, Worker.WatchSlots);
        });
        WatchedFd? watch = null;
        await Invoke(() => watch = Worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        await Invoke(watch!.Dispose);
    }

    [Fact]
    public async Task More_watches_than_one_wait_fetches_are_all_served()
    {
        EventFd[] fds = Enumerable.Range(0, 150).Select(_ => EventFd.Create()).ToArray();
        RecordingHandler[] handlers = fds.Select(_ => new RecordingHandler()).ToArray();
        var watches = new List<WatchedFd>();
        await Invoke(() =>
        {
            for (int i = 0; i < fds.Length; i++)
            {
                watches.Add(Worker.Watch(fds[i].Fd, EpollEvents.In, handlers[i]));
                fds[i].Signal();
            }
        });
        await Task.WhenAll(handlers.Select(h => Wait(h.Called)));
        await Invoke(() => watches.ForEach(w => w.Dispose()));
        Array.ForEach(fds, fd => fd.Dispose());
    }

    [Fact]
    public async Task A_faulting_handler_is_told_and_the_loop_goes_on()
    {
        using EventFd fd = EventFd.Create();
        var fault = new InvalidOperationException("handler");
        WatchedFd? watch = null;
        var handler = new RecordingHandler { Do = () => throw fault };
        handler.DoOnFault = () => watch!.Dispose();
        await Invoke(() => watch = Worker.Watch(fd.Fd, EpollEvents.In, handler));
        fd.Signal();
        await Wait(handler.Called);
        await Rounds(2);
        Assert.Equal((1, fault), (handler.Calls, Assert.Single(handler.Faults)));
        Assert.Empty(Faults);
    }
}
