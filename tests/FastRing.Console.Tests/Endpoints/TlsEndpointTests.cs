using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Tls;
using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Endpoints;

public sealed class TlsEndpointTests : IDisposable
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TestCertificates _certificates = new();
    private readonly TestCertificates _others = new();
    private readonly TlsOptions _server;

    public TlsEndpointTests()
    {
        (string certificate, string key) = _certificates.Issue("localhost");
        _server = new TlsOptions { CertificateFile = certificate, KeyFile = key, HandshakeTimeout = TimeSpan.FromSeconds(30) };
    }

    public void Dispose()
    {
        _certificates.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task A_MiB_passes_each_way_and_the_next_client_is_served()
    {
        using TestConsole console = Serve(_server);
        for (int round = 0; round < 2; round++)
        {
            DriverPort port = console.Driver.FindPort("a")!;
            port.Open();
            using (SslStream client = await ConnectAsync(console))
            {
                console.Until(() => port.IsHostOpen, "host open");
                Task sending = client.WriteAsync(Pattern.Bytes(0, MiB)).AsTask();
                Pattern.AssertIs(console.Read(port, MiB), 0);
                await sending.WaitAsync(s_patience);
                byte[] received = new byte[MiB];
                Task receiving = client.ReadExactlyAsync(received).AsTask();
                console.Write(port, Pattern.Bytes(3, MiB));
                await receiving.WaitAsync(s_patience);
                Pattern.AssertIs(received, 3);
            }

            console.Until(() => !port.IsHostOpen, "host closed");
        }
    }

    [Fact]
    public async Task A_client_with_a_certificate_of_the_authority_is_let_in_and_told_of_by_its_name()
    {
        using TestConsole console = Serve(_server with { AuthorityFile = _certificates.AuthorityFile });
        var events = new List<PortEvent>();
        console.OnWorker(() => console.Device.PortChanged += events.Add);
        using SslStream client = await ConnectAsync(console, _certificates.Issue("alice"));
        DriverPort port = console.Open("a");
        await client.WriteAsync("hi"u8.ToArray());

        Assert.Equal("hi"u8.ToArray(), console.Read(port, 2));
        Assert.Contains(events, e => e.Kind == PortEventKind.ClientAccepted && e.Detail!.EndsWith("CN=alice", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_without_a_certificate_or_with_one_of_another_authority_is_turned_away(bool hasOne)
    {
        using TestConsole console = Serve(_server with { AuthorityFile = _certificates.AuthorityFile });
        try
        {
            // TLS 1.3 lets a client believe that it is in until it reads.
            using SslStream client = await ConnectAsync(console, hasOne ? _others.Issue("mallory") : null);
            Assert.Equal(0, await client.ReadAsync(new byte[1]));
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // Told in so many words.
        }

        Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused == 1, "refused");
        Assert.Equal(0UL, console.PortOf("a").Counters.ClientsAccepted);
        Assert.False(console.PortOf("a").IsHostOpen);
    }

    [Fact]
    public async Task Clients_that_stall_in_their_handshake_block_nobody()
    {
        using TestConsole console = Serve(_server);
        var stalled = Enumerable.Range(0, 5).Select(_ => HostClient.ConnectTcp(console.PortOf("a").Address!)).ToList();
        using SslStream client = await ConnectAsync(console);
        DriverPort port = console.Open("a");
        await client.WriteAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), console.Read(port, 1));
        stalled.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_client_that_does_not_shake_hands_in_time_is_turned_away()
    {
        using TestConsole console = Serve(_server with { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        using HostClient stalled = HostClient.ConnectTcp(console.PortOf("a").Address!);
        Assert.True(await Task.Run(() => stalled.IsAtEnd));
        Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused == 1, "refused");
    }

    [Fact]
    public void What_is_no_TLS_is_turned_away()
    {
        using TestConsole console = Serve(_server);
        using HostClient client = HostClient.ConnectTcp(console.PortOf("a").Address!);
        client.Send("GET / HTTP/1.0\r\n\r\n"u8);
        Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused == 1, "refused");
    }

    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("127.0.0.1", "localhost", true)]
    [InlineData("127.0.0.1", "elsewhere", false)]
    public async Task A_port_that_connects_checks_who_is_there(string host, string? name, bool isLetIn)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        (string certificate, string key) = _certificates.Issue("alice");
        var options = new TlsOptions { AuthorityFile = _certificates.AuthorityFile, TargetHost = name, CertificateFile = certificate, KeyFile = key };
        int number = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var console = new TestConsole(new PortOptions("a", new TcpConnectEndpoint(host, number, options)));
        console.StartDriver();
        using TcpClient accepted = await listener.AcceptTcpClientAsync().WaitAsync(s_patience);
        using var stream = new SslStream(accepted.GetStream(), false, (_, client, _, _) => client?.Subject == "CN=alice");
        Task handshake = stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = X509Certificate2.CreateFromPemFile(_server.CertificateFile!, _server.KeyFile),
            ClientCertificateRequired = true,
        });
        if (!isLetIn)
        {
            Eventually.Is(() => console.PortOf("a").Counters.ClientsRefused > 0, "refused");
            return;
        }

        await handshake.WaitAsync(s_patience);
        DriverPort port = console.Open("a");
        console.Write(port, "out"u8);
        byte[] received = new byte[3];
        await stream.ReadExactlyAsync(received).AsTask().WaitAsync(s_patience);
        await stream.WriteAsync("in"u8.ToArray());
        Assert.Equal("in"u8.ToArray(), console.Read(port, 2));
    }

    [Fact]
    public void Certificates_that_can_not_be_read_are_refused_at_once_by_name()
    {
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        foreach (TlsOptions options in (TlsOptions[])[
            _server with { CertificateFile = "/nonexistent.pem" }, _server with { KeyFile = "/nonexistent.pem" }, _server with { AuthorityFile = "/nonexistent.pem" },
            _server with { CertificateFile = _server.KeyFile }])
        {
            Assert.Contains("tls-", Assert.Throws<ArgumentException>(() => new TcpListenEndpoint(loopback, options)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => new TcpListenEndpoint(loopback, new TlsOptions()));
    }

    private static TestConsole Serve(TlsOptions options)
    {
        var console = new TestConsole(new PortOptions("a", new TcpListenEndpoint(new IPEndPoint(IPAddress.Loopback, 0), options)));
        console.StartDriver();
        return console;
    }

    private async Task<SslStream> ConnectAsync(TestConsole console, (string Certificate, string Key)? own = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(console.PortOf("a").Address!));
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_certificates.AuthorityFile);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = policy,
            ClientCertificates = own is var (certificate, key) ? [X509Certificate2.CreateFromPemFile(certificate, key)] : null,
        }).WaitAsync(s_patience);
        return stream;
    }
}
