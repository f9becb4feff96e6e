using System.Net;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

public sealed class TcpListenEndpointTests : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly TestConsole _console = new(new PortOptions("a", new TcpListenEndpoint(new IPEndPoint(IPAddress.Loopback, 0))));

    private string Address => _console.PortOf("a").Address!;

    public void Dispose() => _console.Dispose();

    [Fact]
    public async Task A_MiB_passes_each_way()
    {
        _console.StartDriver();
        using HostClient client = HostClient.ConnectTcp(Address);
        DriverPort port = _console.Open("a");

        Task sending = Task.Run(() => client.Send(Pattern.Bytes(0, MiB)), TestContext.Current.CancellationToken);
        Pattern.AssertIs(_console.Read(port, MiB), 0);
        Task<byte[]> receiving = Task.Run(() => client.Receive(MiB), TestContext.Current.CancellationToken);
        _console.Write(port, Pattern.Bytes(7, MiB));

        Pattern.AssertIs(await receiving, 7);
        await sending;
    }

    [Fact]
    public void The_port_closes_when_the_client_leaves_and_the_next_is_served()
    {
        _console.StartDriver();
        for (int i = 0; i < 3; i++)
        {
            HostClient client = HostClient.ConnectTcp(Address);
            DriverPort port = _console.Open("a");
            client.Send(Pattern.Bytes(i * 10, 10));
            client.Dispose();
            Pattern.AssertIs(_console.Read(port, 10), i * 10);
            _console.Until(() => !port.IsHostOpen, "host closed");
            port.Close();
        }
    }

    [Fact]
    public void A_client_that_ended_its_sending_still_gets_the_answer()
    {
        _console.StartDriver();
        using HostClient client = HostClient.ConnectTcp(Address);
        DriverPort port = _console.Open("a");
        client.Send("question"u8);
        client.EndSending();

        Assert.Equal("question"u8.ToArray(), _console.Read(port, 8));
        _console.Write(port, "answer"u8);
        Assert.Equal("answer"u8.ToArray(), client.Receive(6));
        Assert.True(client.IsAtEnd);
    }

    [Fact]
    public void A_second_client_waits_until_the_first_has_left()
    {
        _console.StartDriver();
        HostClient first = HostClient.ConnectTcp(Address);
        DriverPort port = _console.Open("a");
        using HostClient second = HostClient.ConnectTcp(Address);
        second.Send("second"u8);
        first.Send("first"u8);
        Assert.Equal("first"u8.ToArray(), _console.Read(port, 5));
        _console.Settle();
        Assert.Equal(0, port.TryRead(new byte[10]));

        first.Dispose();
        Assert.Equal("second"u8.ToArray(), _console.Read(port, 6));
    }

    [Fact]
    public async Task Who_is_sent_away_reads_the_end_and_the_next_is_served()
    {
        _console.StartDriver();
        using HostClient first = HostClient.ConnectTcp(Address);
        _console.Open("a");
        using HostClient second = HostClient.ConnectTcp(Address);
        second.Send("x"u8);

        await _console.PortOf("a").DisconnectAsync();

        Assert.True(first.IsAtEnd);
        Assert.Equal("x"u8.ToArray(), _console.Read(_console.Driver.FindPort("a")!, 1));
        Assert.Equal(2UL, _console.PortOf("a").Counters.ClientsAccepted);
    }

    [Fact]
    public void An_address_that_is_taken_is_refused_at_once() =>
        Assert.Equal(Errno.EADDRINUSE, Assert.Throws<LinuxException>(() => new TcpListenEndpoint(IPEndPoint.Parse(Address))).Errno);
}
