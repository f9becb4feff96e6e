namespace FastRing.Interop.Tests;

public sealed class UnixSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string SocketPath => _folder["socket"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_connection_is_accepted_and_carries_bytes_both_ways()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        Assert.Null(UnixSocket.Accept(listener));
        using OwnedFd client = UnixSocket.Connect(SocketPath);
        using OwnedFd? server = UnixSocket.Accept(listener);
        Assert.NotNull(server);
        Assert.Equal(-Errno.EAGAIN, server.Read(new byte[1]));
        Assert.Equal(2, client.Write([1, 2]));
        Assert.Equal(2, server.Read(new byte[9]));
        Assert.Equal(1, server.Write([3]));
        Assert.Equal(1, client.Read(new byte[9]));
        Assert.All([listener, client, server], fd => Assert.True(OpenFiles.IsCloseOnExec(fd)));
    }

    [Fact]
    public void A_live_listener_is_left_alone()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => UnixSocket.Listen(SocketPath)).Errno);
        using OwnedFd client = UnixSocket.Connect(SocketPath);
    }

    [Fact]
    public void A_live_listener_with_a_full_backlog_is_left_alone()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath, backlog: 0);
        using OwnedFd waiting = UnixSocket.Connect(SocketPath);
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => UnixSocket.Listen(SocketPath)).Errno);
        using OwnedFd? server = UnixSocket.Accept(listener);
        Assert.NotNull(server);
    }

    [Fact]
    public void A_stale_socket_file_is_replaced()
    {
        UnixSocket.Listen(SocketPath).Dispose();
        Assert.True(File.Exists(SocketPath));
        Assert.Equal(Errno.ECONNREFUSED, Assert.Throws<LinuxException>(() => UnixSocket.Connect(SocketPath)).Errno);
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        using OwnedFd client = UnixSocket.Connect(SocketPath);
    }

    [Fact]
    public void A_regular_file_is_never_touched()
    {
        File.WriteAllText(SocketPath, "precious");
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => UnixSocket.Listen(SocketPath)).Errno);
        Assert.Equal("precious", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void A_symbolic_link_is_never_followed_or_removed()
    {
        UnixSocket.Listen(_folder["stale"]).Dispose();
        File.CreateSymbolicLink(SocketPath, _folder["stale"]);
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => UnixSocket.Listen(SocketPath)).Errno);
        Assert.NotNull(new FileInfo(SocketPath).LinkTarget);
        Assert.True(File.Exists(_folder["stale"]));
    }

    [Theory]
    [InlineData(0, 0x180)] // 0600 although the umask would allow all
    [InlineData(0x3F, 0x1B0)] // 0660 although the umask 077 forbids it
    [InlineData(0x12, 0x1B6)] // 0666 with umask 022
    public void The_socket_file_has_exactly_the_mode_asked_for(int umask, int mode)
    {
        uint old = Native.umask((uint)umask);
        try
        {
            using OwnedFd listener = UnixSocket.Listen(SocketPath, mode: mode);
            Assert.Equal(mode, (int)File.GetUnixFileMode(SocketPath));

            // The socket itself had that mode when bind made the file, so the file never had more.
            Assert.Equal(mode, (int)File.GetUnixFileMode($"/proc/self/fd/{listener.Fd}"));
        }
        finally
        {
            _ = Native.umask(old);
        }
    }

    [Fact]
    public void The_default_mode_keeps_others_out()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public void An_abstract_name_needs_no_file()
    {
        string name = $"@fastring-{Environment.ProcessId}";
        using OwnedFd listener = UnixSocket.Listen(name);
        Assert.Contains(File.ReadLines("/proc/net/unix"), line => line.EndsWith($" {name}", StringComparison.Ordinal));
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => UnixSocket.Listen(name)).Errno);
        using OwnedFd client = UnixSocket.Connect(name);
        using OwnedFd? server = UnixSocket.Accept(listener);
        Assert.NotNull(server);
        Assert.False(File.Exists(name));
    }

    [Fact]
    public void The_longest_name_works_and_a_longer_one_is_refused()
    {
        string path = SocketPath.PadRight(107, 'x');
        using OwnedFd listener = UnixSocket.Listen(path);
        using OwnedFd client = UnixSocket.Connect(path);
        Assert.Throws<ArgumentException>(() => UnixSocket.Listen(path + "x"));
        string name = $"@{Environment.ProcessId}".PadRight(108, 'x');
        using OwnedFd abstractListener = UnixSocket.Listen(name);
        using OwnedFd abstractClient = UnixSocket.Connect(name);
        Assert.Throws<ArgumentException>(() => UnixSocket.Listen(name + "x"));
        Assert.Throws<ArgumentException>(() => UnixSocket.Listen("@"));
        Assert.Throws<ArgumentException>(() => UnixSocket.Listen(string.Empty));
    }

    [Fact]
    public void Connecting_to_nothing_names_the_error()
    {
        LinuxException error = Assert.Throws<LinuxException>(() => UnixSocket.Connect(_folder["missing"]));
        Assert.Equal(("connect", Errno.ENOENT), (error.Call, error.Errno));
    }

    [Fact]
    public void The_peer_of_an_accepted_connection_is_known()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        using OwnedFd client = UnixSocket.Connect(SocketPath);
        using OwnedFd? server = UnixSocket.Accept(listener);
        PeerCredentials expected = new(Environment.ProcessId, Native.geteuid(), Native.getegid());
        Assert.Equal(expected, UnixSocket.Peer(server!));
        Assert.Equal(expected, UnixSocket.Peer(client));
    }

    [Fact]
    public void Shutting_down_one_direction_leaves_the_other()
    {
        (OwnedFd left, OwnedFd right) = UnixSocket.Pair();
        using (left)
        using (right)
        {
            left.Write([1]);
            UnixSocket.ShutdownWrite(left);
            Assert.Equal(1, right.Read(new byte[4]));
            Assert.Equal(0, right.Read(new byte[4]));
            Assert.Equal(1, right.Write([2]));
            Assert.Equal(1, left.Read(new byte[4]));
        }
    }

    [Fact]
    public void Accepting_without_a_free_descriptor_throws_and_keeps_the_connection()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        using OwnedFd client = UnixSocket.Connect(SocketPath);
        Exception? error = null;
        Native.WithFreeDescriptors(0, () => error = Record.Exception(() => UnixSocket.Accept(listener)));
        Assert.Equal(Errno.EMFILE, Assert.IsType<LinuxException>(error).Errno);
        using OwnedFd? server = UnixSocket.Accept(listener);
        Assert.NotNull(server);
    }

    [Fact]
    public void Clients_are_not_accepted_on_the_last_descriptors()
    {
        using OwnedFd listener = UnixSocket.Listen(SocketPath);
        using OwnedFd first = UnixSocket.Connect(SocketPath);
        Exception? error = null;
        Native.WithFreeDescriptors(OpenFileLimit.Reserve, () => error = Record.Exception(() => UnixSocket.Accept(listener)));
        Assert.Equal(Errno.EMFILE, Assert.IsType<LinuxException>(error).Errno);
        Assert.Equal(0, first.Read(new byte[1])); // It was closed.

        using OwnedFd second = UnixSocket.Connect(SocketPath);
        OwnedFd? server = null;
        Native.WithFreeDescriptors(OpenFileLimit.Reserve + 8, () => server = UnixSocket.Accept(listener));
        using (server)
        {
            Assert.NotNull(server);
        }
    }
}
