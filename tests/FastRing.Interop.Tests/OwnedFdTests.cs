namespace FastRing.Interop.Tests;

public class OwnedFdTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            byte[] buffer = new byte[16];
            Assert.Equal(3, left.Write([1, 2, 3]));
            Assert.Equal(3, right.Read(buffer));
            Assert.Equal([1, 2, 3], buffer[..3]);
        }
    }

    [Fact]
    public void Vectors_are_gathered_and_scattered_in_order()
    {
        using OwnedFd file = MemFd.Create("vectors", 4096);
        using MappedRegion region = MappedRegion.Map(file, 0, 4096);
        IoVector memory = new(region.Address, 4096);
        "headtail"u8.CopyTo(memory.Span);
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            Assert.Equal(8, left.WriteVector([memory.Slice(4, 4), memory.Slice(0, 4)]));
            Assert.Equal(8, right.ReadVector([memory.Slice(100, 5), memory.Slice(200, 100)]));
        }

        Assert.Equal("tailh"u8, memory.Slice(100, 5).Span);
        Assert.Equal("ead"u8, memory.Slice(200, 3).Span);
    }

    [Fact]
    public void Vectors_beyond_1024_are_left_for_the_next_call()
    {
        using OwnedFd file = MemFd.Create("vectors", 4096);
        using MappedRegion region = MappedRegion.Map(file, 0, 4096);
        IoVector[] vectors = new IoVector[2000];
        Array.Fill(vectors, new IoVector(region.Address, 1));
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            Assert.Equal(1024, left.WriteVector(vectors));
            Assert.Equal(5, left.WriteVector(vectors.AsSpan(0, 5)));
            Assert.Equal(1024, right.ReadVector(vectors));
        }
    }

    [Fact]
    public void Errors_are_negative_numbers()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        {
            left.SetNonBlocking();
            Assert.Equal(-Errno.EAGAIN, left.Read(new byte[1]));
            Assert.Equal(-Errno.EAGAIN, left.ReadVector([Anywhere]));
            left.SetNonBlocking(false);
            right.Dispose();
            Assert.Equal(0, left.Read(new byte[1]));
        }

        Assert.Equal(-Errno.EBADF, left.Read(new byte[1]));
        Assert.Equal(-Errno.EBADF, left.Write(new byte[1]));
        Assert.Equal(-1, left.Fd);
    }

    [Fact]
    public void Writing_to_a_closed_peer_is_an_error_and_not_a_signal()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        {
            right.Dispose();
            Assert.Equal(-Errno.EPIPE, left.Write([1]));
            Assert.Equal(-Errno.EPIPE, left.WriteVector([Anywhere]));
            Assert.Equal(-Errno.EPIPE, ScmRights.Send(left, [1], []));
        }
    }

    [Fact]
    public void A_vanished_mapping_is_an_error_and_not_a_crash()
    {
        using OwnedFd file = MemFd.Create("shrinking", 4096);
        using MappedRegion region = MappedRegion.Map(file, 0, 4096);
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            Assert.Equal(0, Native.ftruncate(file.Fd, 0));
            Assert.Equal(-Errno.EFAULT, left.WriteVector([new IoVector(region.Address, 16)]));
        }
    }

    [Fact]
    public void A_signal_does_not_end_a_read()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            Assert.Equal(1, SignalStorm.Run(() => left.Read(new byte[8]), () => right.Write([1])));
        }
    }

    [Fact]
    public void A_duplicate_is_another_number_for_the_same_file_and_is_not_inherited()
    {
        using OwnedFd file = MemFd.Create("original", 100);
        using OwnedFd copy = file.Duplicate();
        Assert.NotEqual(file.Fd, copy.Fd);
        Assert.True(OpenFiles.IsCloseOnExec(copy));
        file.Dispose();
        Assert.Equal(100ul, copy.FileSize());
    }

    [Fact]
    public void The_kind_of_file_is_known()
    {
        using OwnedFd file = MemFd.Create("kind", 1);
        using EventFd eventFd = EventFd.Create();
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            Assert.Equal((true, false), (file.IsRegularFile(), file.IsSocket()));
            Assert.Equal((false, true), (left.IsRegularFile(), left.IsSocket()));
            Assert.Equal((false, false), (eventFd.Fd.IsRegularFile(), eventFd.Fd.IsSocket()));
        }
    }

    [Fact]
    public void The_size_of_a_sparse_file_needs_more_than_32_bits()
    {
        using OwnedFd file = MemFd.Create("sparse", 6ul << 30);
        Assert.Equal(6ul << 30, file.FileSize());
    }

    [Fact]
    public void An_appended_file_is_created_private_and_grows_at_its_end()
    {
        using TemporaryFolder folder = new();
        string path = folder["log"];
        for (int i = 0; i < 2; i++)
        {
            using OwnedFd file = OwnedFd.OpenFile(path, append: true);
            Assert.True(OpenFiles.IsCloseOnExec(file));
            Assert.Equal(2, file.Write("ab"u8));
        }

        using OwnedFd reader = OwnedFd.OpenFile(path, append: false);
        byte[] buffer = new byte[10];
        Assert.Equal(4, reader.Read(buffer));
        Assert.Equal("abab"u8, buffer.AsSpan(0, 4));
        Assert.Equal(-Errno.EBADF, reader.Write("x"u8));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_device_is_opened_for_both_directions_and_never_waited_for()
    {
        using OwnedFd terminal = OwnedFd.OpenDevice("/dev/ptmx");

        Assert.True(terminal.IsCharacterDevice());
        Assert.True(OpenFiles.IsCloseOnExec(terminal));
        Assert.Equal(-Errno.EAGAIN, terminal.Read(new byte[1]));
        Assert.Equal(1, terminal.Write("x"u8));
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => OwnedFd.OpenDevice("/no/such/device")).Errno);
    }

    [Fact]
    public void What_is_ready_can_be_asked_at_any_moment()
    {
        (OwnedFd first, OwnedFd second) = UnixSocket.Pair();
        using OwnedFd ours = first;
        Assert.Equal(EpollEvents.Out, ours.Poll(EpollEvents.In | EpollEvents.Out));
        second.Write("x"u8);
        Assert.Equal(EpollEvents.In, ours.Poll(EpollEvents.In));
        second.Dispose();
        Assert.Equal(EpollEvents.HangUp, ours.Poll(EpollEvents.None));
    }

    [Fact]
    public void A_negative_number_is_not_a_descriptor() => Assert.Throws<ArgumentOutOfRangeException>(() => new OwnedFd(-1));

    [Fact]
    public void Closing_twice_closes_once()
    {
        OwnedFd first = MemFd.Create("first", 1);
        int number = first.Fd;
        first.Dispose();
        using OwnedFd second = MemFd.Create("second", 1);
        Assert.Equal(number, second.Fd);
        first.Dispose();
        Assert.Equal(1ul, second.FileSize());
    }

    // Any address will do where the call fails before it looks.
    private static IoVector Anywhere => new(0x1000, 1);
}
