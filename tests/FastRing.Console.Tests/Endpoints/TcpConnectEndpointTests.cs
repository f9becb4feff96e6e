using System.Net;
using System.Net.Sockets;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Endpoints;

public sealed class TcpConnectEndpointTests : IDisposable
{
    private static readonly ReconnectDelays s_short = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _port;

    public TcpConnectEndpointTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
    }

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public void A_connection_is_made_when_somebody_listens_at_last_and_again_when_it_ends(string host)
    {
        using var console = new TestConsole(new PortOptions("a", new TcpConnectEndpoint(host, _port, null, s_short)));
        console.StartDriver();
        DriverPort port = console.Driver.FindPort("a")!;
        Eventually.Is(() => console.Logger.Lines.Any(l => l.Contains("trying again", StringComparison.Ordinal)), "a report");
        _listener.Listen(8);
        port.Open();
        for (int i = 0; i < 3; i++)
        {
            using (HostClient peer = HostClient.Accept(_listener))
            {
                console.Until(() => port.IsHostOpen, "host open");
                console.Write(port, Pattern.Bytes(i, 100));
                Pattern.AssertIs(peer.Receive(100), i);
                peer.Send(Pattern.Bytes(i, 50));
            }

            Pattern.AssertIs(console.Read(port, 50), i);
            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public void A_name_that_means_nothing_is_reported_and_harms_nobody()
    {
        using var console = new TestConsole(
            new PortOptions("a", new TcpConnectEndpoint("no-such-host.invalid", 1, null, s_short)), new PortOptions("b", new EchoEndpoint()));
        console.StartDriver();
        DriverPort other = console.Open("b");
        console.Write(other, "x"u8);
        Assert.Equal("x"u8.ToArray(), console.Read(other, 1));
        Eventually.Is(() => console.Logger.Lines.Any(l => l.Contains("no-such-host.invalid", StringComparison.Ordinal)), "a report");
    }

    [Fact]
    public async Task Who_is_sent_away_is_connected_to_again()
    {
        _listener.Listen(8);
        using var console = new TestConsole(new PortOptions("a", new TcpConnectEndpoint("127.0.0.1", _port, null, s_short)));
        console.StartDriver();
        console.Open("a");
        using HostClient first = HostClient.Accept(_listener);

        await console.PortOf("a").DisconnectAsync();

        Assert.True(first.IsAtEnd);
        using HostClient second = HostClient.Accept(_listener);
        console.Until(() => console.Driver.FindPort("a")!.IsHostOpen, "host open");
    }
}
