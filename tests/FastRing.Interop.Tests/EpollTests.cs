using System.Diagnostics;

namespace FastRing.Interop.Tests;

public sealed class EpollTests : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly EventFd _event = EventFd.Create();
    private readonly EpollReady[] _ready = new EpollReady[8];

    public void Dispose()
    {
        _epoll.Dispose();
        _event.Dispose();
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(0x0123_4567_89ab_cdeful)]
    [InlineData(ulong.MaxValue)]
    public void A_token_comes_back_with_all_its_bits(ulong token)
    {
        _epoll.Add(_event.Fd, EpollEvents.In, token);
        _event.Signal();
        Assert.Equal(1, _epoll.Wait(_ready, -1));
        Assert.Equal(new EpollReady(EpollEvents.In, token), _ready[0]);
    }

    [Fact]
    public void Many_ready_descriptors_keep_their_own_tokens()
    {
        EventFd[] events = [.. Enumerable.Range(0, 300).Select(_ => EventFd.Create())];
        for (int i = 0; i < events.Length; i++)
        {
            events[i].Signal();
            _epoll.Add(events[i].Fd, EpollEvents.In | EpollEvents.EdgeTriggered, ((ulong)i << 33) | 1);
        }

        EpollReady[] ready = new EpollReady[300];
        List<ulong> tokens = [];
        for (int count; (count = _epoll.Wait(ready, 0)) > 0;)
        {
            tokens.AddRange(ready.Take(count).Select(entry => entry.Token));
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(i => ((ulong)i << 33) | 1), tokens.Order());
        Assert.All(events, entry => entry.Dispose());
    }

    [Fact]
    public void Nothing_ready_is_zero_after_the_timeout()
    {
        _epoll.Add(_event.Fd, EpollEvents.In, 1);
        Assert.Equal(0, _epoll.Wait(_ready, 0));
        Assert.Equal(0, _epoll.Wait(_ready, 5));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(60_000)]
    public void A_signal_is_no_end_of_a_wait_that_goes_through(int timeout)
    {
        _epoll.Add(_event.Fd, EpollEvents.In, 1);
        Assert.Equal(1, SignalStorm.Run(() => _epoll.WaitThrough(_ready, timeout), () => _event.Signal()));
        _event.Drain();
        Assert.Equal(0, _epoll.WaitThrough(_ready, 0));
        Assert.Equal(0, _epoll.WaitThrough(_ready, 5));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300_000)]
    [InlineData(1_100_000_000)]
    public void A_wait_of_nanoseconds_does_not_end_early(long nanoseconds)
    {
        _epoll.Add(_event.Fd, EpollEvents.In, 1);
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(0, _epoll.WaitNanoseconds(_ready, nanoseconds));
        Assert.True(Stopwatch.GetElapsedTime(start).Ticks * 100 >= nanoseconds - 100);
        _event.Signal();
        Assert.Equal(1, _epoll.WaitNanoseconds(_ready, -1));
    }

    [Fact]
    public void One_that_was_asked_for_once_is_reported_once()
    {
        _event.Signal();
        _epoll.Add(_event.Fd, EpollEvents.In | EpollEvents.OneShot, 1);
        Assert.Equal(1, _epoll.Wait(_ready, 0));
        Assert.Equal(0, _epoll.Wait(_ready, 0));
        _epoll.Modify(_event.Fd, EpollEvents.In | EpollEvents.OneShot, 2);
        Assert.Equal(1, _epoll.Wait(_ready, 0));
    }

    [Fact]
    public void An_instance_that_has_something_ready_is_itself_ready()
    {
        using var outer = new Epoll();
        outer.Add(_epoll.Fd, EpollEvents.In, 1);
        _epoll.Add(_event.Fd, EpollEvents.In, 2);
        Assert.Equal(0, outer.Wait(_ready, 0));
        _event.Signal();
        Assert.Equal(1, outer.Wait(_ready, 0));
        _event.Drain();
        Assert.Equal(0, outer.Wait(_ready, 0));
    }

    [Fact]
    public void A_signal_ends_an_endless_wait_with_zero() => Assert.Equal(0, SignalStorm.Run(() => _epoll.Wait(_ready, -1)));

    [Fact]
    public void Modify_changes_events_and_token()
    {
        _epoll.Add(_event.Fd, EpollEvents.In, 1);
        _epoll.Modify(_event.Fd, EpollEvents.Out, 2);
        Assert.Equal(1, _epoll.Wait(_ready, -1));
        Assert.Equal(new EpollReady(EpollEvents.Out, 2), _ready[0]);
    }

    [Fact]
    public void A_removed_descriptor_is_silent_and_can_be_added_again()
    {
        _event.Signal();
        _epoll.Add(_event.Fd, EpollEvents.In, 1);
        _epoll.Remove(_event.Fd);
        Assert.Equal(0, _epoll.Wait(_ready, 0));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _epoll.Remove(_event.Fd)).Errno);
        _epoll.Add(_event.Fd, EpollEvents.In, 2);
        Assert.Equal(1, _epoll.Wait(_ready, 0));
    }

    [Fact]
    public void Hang_ups_of_the_peer_are_told_apart()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        {
            _epoll.Add(left, EpollEvents.PeerHangUp, 1);
            UnixSocket.ShutdownWrite(right);
            Assert.Equal(1, _epoll.Wait(_ready, -1));
            Assert.Equal(EpollEvents.PeerHangUp, _ready[0].Events);
            right.Dispose();
            Assert.Equal(1, _epoll.Wait(_ready, -1));
            Assert.Equal(EpollEvents.PeerHangUp | EpollEvents.HangUp, _ready[0].Events);
        }
    }

    [Fact]
    public void A_closed_instance_says_so()
    {
        _epoll.Dispose();
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => _epoll.Wait(_ready, 0)).Errno);
    }
}
