using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

public class EventFdTests
{
    [Fact]
    public void A_signal_is_drained_once()
    {
        using EventFd eventFd = EventFd.Create();
        Assert.Equal(0, eventFd.Drain());
        Assert.True(eventFd.Signal());
        Assert.True(eventFd.Signal());
        Assert.Equal(1, eventFd.Drain());
        Assert.Equal(0, eventFd.Drain());
    }

    [Fact]
    public void A_signal_is_eight_bytes_with_the_value_one()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd call = EventFd.Adopt(left);
        using (right)
        {
            Assert.True(call.Signal());
            byte[] buffer = new byte[64];
            Assert.Equal(8, right.Read(buffer));
            Assert.Equal(1ul, MemoryMarshal.Read<ulong>(buffer));
        }
    }

    [Fact]
    public void A_full_eventfd_counts_as_signalled_and_does_not_block()
    {
        using EventFd eventFd = EventFd.Create();
        ulong[] almost = [ulong.MaxValue - 1];
        Assert.Equal(8, eventFd.Fd.Write(MemoryMarshal.AsBytes(almost.AsSpan())));
        Assert.True(eventFd.Signal());
        Assert.Equal(1, eventFd.Drain());
    }

    [Fact]
    public void A_full_socket_counts_as_signalled_and_does_not_block()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd call = EventFd.Adopt(left);
        using (right)
        {
            while (left.Write(new byte[4096]) > 0)
            {
            }

            Assert.True(call.Signal());
        }
    }

    [Fact]
    public void A_blocking_descriptor_is_made_non_blocking_on_adoption()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd kick = EventFd.Adopt(left);
        using (right)
        {
            Assert.Equal(0, kick.Drain());
        }
    }

    [Fact]
    public async Task What_whoever_shares_it_makes_blocking_again_stalls_nobody()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd socket = EventFd.Adopt(left);
        using EventFd eventFd = EventFd.Create();
        using (right)
        {
            socket.Fd.SetNonBlocking(false);
            eventFd.Fd.SetNonBlocking(false);
            Task<(int, int)> drained = Task.Run(() => (socket.Drain(), eventFd.Drain()));
            if (await Task.WhenAny(drained, Task.Delay(TimeSpan.FromSeconds(20))) != drained)
            {
                right.Write(new byte[8]); // Lets them go.
                eventFd.Signal();
            }

            Assert.Equal((0, 0), await drained);

            left.SetNonBlocking();
            while (left.Write(new byte[4096]) > 0)
            {
            }

            left.SetNonBlocking(false);
            Task<bool> signalled = Task.Run(socket.Signal);
            if (await Task.WhenAny(signalled, Task.Delay(TimeSpan.FromSeconds(20))) != signalled)
            {
                right.Dispose();
            }

            Assert.True(await signalled);
        }
    }

    [Fact]
    public void A_socket_can_be_drained_until_its_peer_is_gone()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd kick = EventFd.Adopt(left);
        right.Write(new byte[8]);
        right.Write(new byte[3]);
        right.Dispose();
        Assert.Equal(1, kick.Drain());
        Assert.Equal(1, kick.Drain());
        Assert.Equal(-1, kick.Drain());
    }

    [Fact]
    public void Nobody_is_signalled_through_a_socket_without_a_peer()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using EventFd call = EventFd.Adopt(left);
        right.Dispose();
        Assert.False(call.Signal());
        call.Dispose();
        Assert.False(call.Signal());
        Assert.Equal(-1, call.Drain());
    }

    [Fact]
    public void What_cannot_be_adopted_is_closed()
    {
        OwnedFd closed = MemFd.Create("closed", 1);
        using OwnedFd alias = new(closed.Fd);
        closed.Dispose();
        Assert.Equal(Errno.EBADF, Assert.Throws<LinuxException>(() => EventFd.Adopt(alias)).Errno);
        Assert.True(alias.IsClosed);
    }
}
