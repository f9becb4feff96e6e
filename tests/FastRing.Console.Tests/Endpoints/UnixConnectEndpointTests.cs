using System.Net.Sockets;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Endpoints;

public sealed class UnixConnectEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_port_opens_when_there_is_a_listener_at_last()
    {
        using var console = new TestConsole(new PortOptions("a", new UnixConnectEndpoint(_folder["a"])));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        console.Settle();
        console.Driver.Poll();
        Assert.False(port.IsHostOpen);

        Listen();
        using HostClient host = HostClient.Accept(_listener);
        console.Until(() => port.IsHostOpen, "host open");
    }

    [Fact]
    public void A_connection_that_ends_is_made_again()
    {
        Listen();
        using var console = new TestConsole(new PortOptions("a", new UnixConnectEndpoint(_folder["a"])));
        console.StartDriver();
        DriverPort port = console.Open("a");
        for (int i = 0; i < 3; i++)
        {
            using (HostClient host = HostClient.Accept(_listener))
            {
                console.Until(() => port.IsHostOpen, "host open");
                host.Send(Pattern.Bytes(i * 50, 50));
                console.Write(port, Pattern.Bytes(i * 70, 70));
                Pattern.AssertIs(host.Receive(70), i * 70);
            }

            Pattern.AssertIs(console.Read(port, 50), i * 50);
            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public void What_was_not_taken_goes_over_the_next_connection()
    {
        Listen();
        using var console = new TestConsole(new PortOptions("a", new UnixConnectEndpoint(_folder["a"])));
        console.StartDriver();
        DriverPort port = console.Open("a");
        HostClient.Accept(_listener).Dispose();
        console.Until(() => !port.IsHostOpen, "host closed");
        port.Close();
        console.Until(() => port.IsHostOpen, "host open");
        console.Write(port, Pattern.Bytes(0, 100_000));

        using HostClient host = HostClient.Accept(_listener);
        Pattern.AssertIs(host.Receive(100_000), 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_lost_connection_is_made_again_while_the_guest_has_the_port_closed(bool closesAfterwards)
    {
        Listen();
        using var console = new TestConsole(new PortOptions("a", new UnixConnectEndpoint(_folder["a"])));
        console.StartDriver(new DriverBuffers(ReceiveCount: 1, ReceiveBytes: 64));
        DriverPort port = console.Open("a");
        HostClient host = HostClient.Accept(_listener);
        host.Send(new byte[10_000]); // More than the guest takes: the connection does not end by being read empty.
        if (closesAfterwards)
        {
            host.Dispose();
            console.Settle();
            port.Close();
        }
        else
        {
            port.Close();
            host.Dispose();
        }

        using HostClient next = HostClient.Accept(_listener);
        console.Until(() => port.IsHostOpen, "host open");
        console.Write(port, "again"u8);
        Assert.Equal("again"u8.ToArray(), next.Receive(5));
    }

    private void Listen()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_folder["a"]));
        _listener.Listen(8);
    }
}
