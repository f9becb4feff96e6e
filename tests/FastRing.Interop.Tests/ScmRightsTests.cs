namespace FastRing.Interop.Tests;

public sealed class ScmRightsTests : IDisposable
{
    private const string Name = "fastring-scm";
    private readonly OwnedFd _sender;
    private readonly OwnedFd _receiver;
    private readonly OwnedFd _file = MemFd.Create(Name, 4096);
    private readonly ReceivedFds _fds = new();
    private readonly byte[] _buffer = new byte[64];

    public ScmRightsTests() => (_sender, _receiver) = UnixSocket.Pair();

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _file.Dispose();
        _fds.Dispose();
        Assert.Equal(0, OpenFiles.CountOf(Name));
    }

    [Fact]
    public async Task A_socket_that_is_blocking_is_not_waited_for_by_who_does_not_want_to()
    {
        TimeSpan patience = TimeSpan.FromSeconds(20);
        Assert.Equal(-Errno.EAGAIN, await Task.Run(() => ScmRights.Receive(_receiver, _buffer, _fds, waits: false)).WaitAsync(patience, TestContext.Current.CancellationToken));
        nint sent;
        do
        {
            sent = await Task.Run(() => ScmRights.Send(_sender, new byte[4096], [], waits: false)).WaitAsync(patience, TestContext.Current.CancellationToken);
        }
        while (sent > 0);
        Assert.Equal(-Errno.EAGAIN, sent);
    }

    [Fact]
    public void A_passed_file_really_shares_its_memory()
    {
        using MappedRegion ours = MappedRegion.Map(_file, 0, 4096);
        Assert.Equal(5, ScmRights.Send(_sender, "hello"u8, [_file]));
        Assert.Equal(5, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal("hello"u8, _buffer.AsSpan(0, 5));
        using OwnedFd received = _fds.Take(0);
        Assert.NotEqual(_file.Fd, received.Fd);
        Assert.True(OpenFiles.IsCloseOnExec(received));
        using MappedRegion theirs = MappedRegion.Map(received, 0, 4096);
        new IoVector(theirs.Address, 1).Span[0] = 77;
        Assert.Equal(77, new IoVector(ours.Address, 1).Span[0]);
    }

    [Fact]
    public void Descriptors_arrive_in_the_order_sent()
    {
        using EventFd eventFd = EventFd.Create();
        ScmRights.Send(_sender, [1], [_file, eventFd.Fd, _sender]);
        Assert.Equal(1, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(3, _fds.Count);
        using OwnedFd third = _fds.Take(2);
        using OwnedFd first = _fds.Take(0);
        Assert.True(first.IsRegularFile());
        Assert.True(third.IsSocket());
        Assert.Throws<InvalidOperationException>(() => _fds.Take(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _fds.Take(3));
        Assert.Equal(3, _fds.Count);
    }

    [Fact]
    public void Closing_the_list_spares_what_was_taken()
    {
        ScmRights.Send(_sender, [1], [_file, _file, _file]);
        ScmRights.Receive(_receiver, _buffer, _fds);
        using OwnedFd taken = _fds.Take(1);
        Assert.Equal(4, OpenFiles.CountOf(Name));
        _fds.CloseAll();
        Assert.Equal(2, OpenFiles.CountOf(Name));
        Assert.Equal(4096ul, taken.FileSize());
        Assert.Equal(0, _fds.Count);
    }

    [Fact]
    public void Descriptors_of_a_message_in_pieces_add_up()
    {
        ScmRights.Send(_sender, [1], [_file]);
        ScmRights.Send(_sender, [2], [_file, _file]);
        Assert.Equal(1, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(1, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(3, _fds.Count);
        Assert.False(_fds.Truncated);
    }

    [Fact]
    public void A_full_list_is_not_a_truncated_one()
    {
        ScmRights.Send(_sender, [1], Copies(ReceivedFds.Capacity));
        ScmRights.Receive(_receiver, _buffer, _fds);
        Assert.Equal((ReceivedFds.Capacity, false), (_fds.Count, _fds.Truncated));
    }

    [Theory]
    [InlineData(17)]
    [InlineData(253)]
    public void Surplus_descriptors_close_all_of_them(int count)
    {
        ScmRights.Send(_sender, [1], Copies(count));
        Assert.Equal(1, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal((0, true), (_fds.Count, _fds.Truncated));
        Assert.Equal(1, OpenFiles.CountOf(Name));
    }

    [Fact]
    public void Surplus_in_a_later_piece_closes_the_earlier_ones_and_spares_what_was_taken()
    {
        ScmRights.Send(_sender, [1], Copies(10));
        ScmRights.Send(_sender, [1], Copies(7));
        ScmRights.Send(_sender, [1], Copies(1));
        ScmRights.Receive(_receiver, _buffer, _fds);
        using OwnedFd taken = _fds.Take(0);
        ScmRights.Receive(_receiver, _buffer, _fds);
        ScmRights.Receive(_receiver, _buffer, _fds);
        Assert.Equal((0, true), (_fds.Count, _fds.Truncated));
        Assert.Equal(2, OpenFiles.CountOf(Name));
        _fds.CloseAll();
        Assert.False(_fds.Truncated);
    }

    [Fact]
    public void Descriptors_lost_for_want_of_room_in_the_process_close_all_of_them()
    {
        ScmRights.Send(_sender, [1], Copies(1));
        ScmRights.Receive(_receiver, _buffer, _fds);
        ScmRights.Send(_sender, [1, 2], Copies(10));
        nint received = 0;
        Native.WithFreeDescriptors(3, () => received = ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(2, received);
        Assert.Equal((0, true), (_fds.Count, _fds.Truncated));
        Assert.Equal(1, OpenFiles.CountOf(Name));
    }

    [Fact]
    public void Descriptors_all_lost_for_want_of_room_are_noticed_too()
    {
        ScmRights.Send(_sender, [1, 2], Copies(10));
        Native.WithFreeDescriptors(0, () => ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal((0, true), (_fds.Count, _fds.Truncated));
    }

    [Fact]
    public void Ten_thousand_messages_with_up_to_forty_descriptors_leak_none()
    {
        OwnedFd[] copies = Copies(40);
        for (int i = 0; i < 10_000; i++)
        {
            int count = (i % 40) + 1;
            Assert.Equal(1, ScmRights.Send(_sender, [1], copies.AsSpan(0, count)));
            Assert.Equal(1, ScmRights.Receive(_receiver, _buffer, _fds));
            Assert.Equal(count > ReceivedFds.Capacity, _fds.Truncated);
            Assert.Equal(count > ReceivedFds.Capacity ? 0 : count, _fds.Count);
            if (_fds.Count > 0)
            {
                _fds.Take(i % count).Dispose();
            }

            _fds.CloseAll();
        }

        Assert.Equal(1, OpenFiles.CountOf(Name));
    }

    [Fact]
    public void A_call_for_exactly_one_message_leaves_the_next_and_its_descriptors_alone()
    {
        _sender.Write(new byte[12]);
        ScmRights.Send(_sender, new byte[12], [_file]);
        Assert.Equal(12, ScmRights.Receive(_receiver, _buffer.AsSpan(0, 12), _fds));
        Assert.Equal(0, _fds.Count);
        Assert.Equal(12, ScmRights.Receive(_receiver, _buffer.AsSpan(0, 12), _fds));
        Assert.Equal(1, _fds.Count);
    }

    [Fact]
    public void Descriptors_come_with_the_first_byte_of_their_message()
    {
        ScmRights.Send(_sender, new byte[12], [_file]);
        Assert.Equal(1, ScmRights.Receive(_receiver, _buffer.AsSpan(0, 1), _fds));
        Assert.Equal(1, _fds.Count);
        Assert.Equal(11, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(1, _fds.Count);
    }

    [Fact]
    public void The_end_of_the_stream_and_errors_are_values()
    {
        _receiver.SetNonBlocking();
        Assert.Equal(-Errno.EAGAIN, ScmRights.Receive(_receiver, _buffer, _fds));
        Assert.Equal(-Errno.EINVAL, ScmRights.Receive(_receiver, [], _fds));
        Assert.Equal(-Errno.EINVAL, ScmRights.Send(_sender, [], [_file]));
        Assert.Equal(-Errno.EINVAL, ScmRights.Send(_sender, [1], Copies(2000)));
        _sender.Dispose();
        Assert.Equal(0, ScmRights.Receive(_receiver, _buffer, _fds));
        _receiver.Dispose();
        Assert.Equal(-Errno.EBADF, ScmRights.Receive(_receiver, _buffer, _fds));
    }

    [Fact]
    public void A_signal_does_not_end_a_blocking_receive() =>
        Assert.Equal(1, SignalStorm.Run(() => ScmRights.Receive(_receiver, _buffer, _fds), () => ScmRights.Send(_sender, [1], [_file])));

    private OwnedFd[] Copies(int count) => [.. Enumerable.Repeat(_file, count)];
}
