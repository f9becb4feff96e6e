using System.Net;

namespace FastRing.Interop.Tests;

public sealed class TcpSocketTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_connection_is_made_and_accepted(string address)
    {
        using OwnedFd listener = TcpSocket.Listen(new IPEndPoint(IPAddress.Parse(address), 0));
        IPEndPoint where = TcpSocket.LocalAddress(listener);
        Assert.Equal(IPAddress.Parse(address), where.Address);
        Assert.NotEqual(0, where.Port);

        using OwnedFd client = TcpSocket.BeginConnect(where);
        Wait(client, EpollEvents.Out);
        Assert.Equal(0, TcpSocket.PendingError(client));
        Wait(listener, EpollEvents.In);
        using OwnedFd? server = UnixSocket.Accept(listener);
        TcpSocket.SetUp(server!);
        Assert.Equal(where, TcpSocket.RemoteAddress(client));
        Assert.Equal(TcpSocket.LocalAddress(client), TcpSocket.RemoteAddress(server!));
        Assert.Equal(1, client.Write([1]));
        Wait(server!, EpollEvents.In);
        Assert.Equal(1, server!.Read(new byte[1]));
        Assert.All([listener, client, server], fd => Assert.True(OpenFiles.IsCloseOnExec(fd)));
        Assert.False(UnixSocket.IsUnix(client));
    }

    [Fact]
    public void An_address_where_nobody_listens_refuses()
    {
        OwnedFd listener = TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        IPEndPoint where = TcpSocket.LocalAddress(listener);
        listener.Dispose();
        using OwnedFd client = TcpSocket.BeginConnect(where);
        Wait(client, EpollEvents.Out);
        Assert.Equal(Errno.ECONNREFUSED, TcpSocket.PendingError(client));
    }

    [Fact]
    public void A_taken_address_is_an_error()
    {
        using OwnedFd listener = TcpSocket.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => TcpSocket.Listen(TcpSocket.LocalAddress(listener))).Errno);
    }

    private static void Wait(OwnedFd fd, EpollEvents events) =>
        Assert.True(SpinWait.SpinUntil(() => fd.Poll(events) != EpollEvents.None, TimeSpan.FromSeconds(20)));
}
