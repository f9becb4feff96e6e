using System.Net;
using System.Net.Sockets;
using FastRing.EndToEnd.Keeping;
using FastRing.Host;

namespace FastRing.EndToEnd.Metrics;

/// <summary>The real daemon's metrics as Prometheus and a collector get them.</summary>
public sealed class MetricsTests
{
    private const string Ports = """{ "name": "echo", "backend": "echo" }, { "name": "deaf", "backend": "unix:FOLDER/deaf.sock" }""";

    private const string ToHost = """fastring_port_io_bytes_total{device="vm0",direction="to_host",port="echo"}""";
    private const string ToGuest = """fastring_port_io_bytes_total{device="vm0",direction="to_guest",port="echo"}""";

    [Fact]
    public async Task Prometheus_sees_the_bytes_of_a_Linux_guest_over_TCP_and_at_the_management_API()
    {
        await using ManagedDaemon daemon = await StartAsync("""{ "api": true, "listen": "127.0.0.1:0" }""");
        string url = await Scrape.AddressOfAsync(daemon.Daemon);
        await daemon.BootAsync("vm0.sock", "echo", "deaf");
        Scrape before = await Scrape.FromAsync(url);
        Assert.Equal((0, 1), (before[ToHost], before["""fastring_backend_connected{device="vm0"}"""]));
        Assert.Contains("# TYPE fastring_port_io_bytes_total counter", before.Text, StringComparison.Ordinal);
        Assert.Contains("# HELP fastring_port_io_bytes_total Bytes that passed a port.", before.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("fastring_port_latency", before.Text, StringComparison.Ordinal); // Nobody asked for it.
        Assert.NotNull(before["""dotnet_process_memory_working_set_bytes{}"""]);

        await EchoAsync(daemon);

        foreach (Func<Task<Scrape>> scrape in (Func<Task<Scrape>>[])[() => Scrape.FromAsync(url), () => Scrape.FromSocketAsync(daemon["api.sock"])])
        {
            Scrape after = await UntilAsync(scrape, s => s[ToGuest] == 100_000);
            Assert.Equal(100_000, after[ToHost]);
            Assert.True(after["""fastring_port_guest_opens_total{device="vm0",port="echo"}"""] >= 1);
        }

        Assert.Equal(204, (await daemon.CurlAsync("DELETE", "/v1/guests/vm0/ports/echo")).Status);
        await UntilAsync(() => Scrape.FromAsync(url), s => s[ToHost] is null); // What is gone is told no more.
    }

    [Fact]
    public async Task A_port_whose_client_does_not_read_is_seen_to_stall()
    {
        const string Stalled = """fastring_port_stalled_seconds{device="vm0",port="deaf"}""";
        await using ManagedDaemon daemon = await StartAsync("""{ "api": true }""");
        await daemon.BootAsync("vm0.sock", "echo", "deaf");
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(daemon["deaf.sock"]));
        Assert.Equal(0, (await Scrape.FromSocketAsync(daemon["api.sock"]))[Stalled]);

        await daemon.RunAsync($"dd if=/dev/zero of={GuestRig.Links}/deaf bs=64k count=100 >/dev/null 2>&1 &");
        await UntilAsync(() => Scrape.FromSocketAsync(daemon["api.sock"]), s => s[Stalled] > 0.5);

        using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(new byte[100 << 16]);
        await UntilAsync(() => Scrape.FromSocketAsync(daemon["api.sock"]), s => s[Stalled] == 0);
    }

    [Fact]
    public async Task A_collector_is_sent_the_bytes_of_a_Linux_guest()
    {
        using var collector = new Collector();
        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(
            ["OTEL_METRIC_EXPORT_INTERVAL=200", Programs.FastRing, "serve", "--socket-path", folder["vm.sock"], "--port", "echo=echo", "--otlp", collector.Url], "env");
        await using Host.Guests.UmlGuest linux = Host.Guests.UmlGuest.Start(
            await GuestImage.Root, new Host.Guests.UmlGuestOptions { DeviceSockets = [folder["vm.sock"]], WaitPorts = ["echo"], RunAgent = false, LoggedInUser = null });
        await linux.WaitReadyAsync(GuestRig.Patience);
        await linux.RunAsync(Echo, GuestRig.Patience);

        string[] toGuest = [$"device={folder["vm.sock"]}", "port=echo", "direction=to_guest"];
        await GuestRig.UntilAsync(() => collector.Last?.SumOf("fastring.port.io", toGuest) == 100_000);
        Assert.Equal(("POST /v1/metrics HTTP/1.1", "application/x-protobuf"), (collector.Last!.RequestLine, collector.Last.ContentType));
        Assert.Null(collector.Last.SumOf("fastring.port.io", "port=none"));
    }

    [Theory]
    [InlineData("503 Service Unavailable", "the collector answered 503")]
    [InlineData(null, "refused")]
    public async Task A_collector_that_does_not_take_them_is_told_in_the_log_and_the_daemon_goes_on(string? status, string expected)
    {
        using var collector = new Collector(status ?? "200 OK");
        if (status is null)
        {
            collector.Dispose(); // Nobody listens there.
        }

        using var folder = new TemporaryFolder();
        using Daemon daemon = await Daemon.StartAsync(["OTEL_METRIC_EXPORT_INTERVAL=100", Programs.FastRing, "serve", "--socket-path", folder["vm.sock"], "--otlp", collector.Url], "env");
        await daemon.UntilLogAsync("metrics could not be sent", expected);
        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.Single(daemon.Log, l => l.Contains("could not be sent", StringComparison.Ordinal)); // One a minute.
    }

    [Fact]
    public async Task Nothing_of_it_is_loaded_where_nobody_wants_metrics()
    {
        await using ManagedDaemon without = await StartAsync("{ }");
        await without.GetAsync("/v1/guests"); // All that it loads is loaded.
        Assert.DoesNotContain("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{without.Daemon.ProcessId}/maps"), StringComparison.Ordinal);
        (int missing, _) = await without.CurlAsync("GET", "/metrics");
        Assert.Equal(404, missing);

        await using ManagedDaemon with = await StartAsync("""{ "api": true }""");
        await Scrape.FromSocketAsync(with["api.sock"]);
        Assert.Contains("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{with.Daemon.ProcessId}/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readers_of_the_API_may_have_them_and_strangers_not()
    {
        const string Config = """{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock" } ], "api": { "socketPath": "FOLDER/api.sock", "mode": "0666", "readers": { "uids": [4242] } }, "metrics": { "api": true } }""";
        await using ManagedDaemon daemon = await ManagedDaemon.StartAsync(Config);
        await daemon.Daemon.UntilLogAsync("management API on");
        string[] curl = ["--clear-groups", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", daemon["api.sock"], "http://localhost/metrics"];
        Assert.Equal("200", await Programs.RunAsync("setpriv", ["--reuid=4242", "--regid=4242", .. curl]));
        Assert.Equal("403", await Programs.RunAsync("setpriv", ["--reuid=4343", "--regid=4343", .. curl]));
    }

    [Fact]
    public async Task Over_TCP_there_is_nothing_else_and_a_bounded_number_of_connections()
    {
        await using ManagedDaemon daemon = await StartAsync("""{ "listen": "127.0.0.1:0" }""");
        string url = await Scrape.AddressOfAsync(daemon.Daemon);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(new Uri(url), "/v1/guests"))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync(url, new StringContent(""))).StatusCode);
        client.Dispose();
        await daemon.GetAsync("/v1/guests");
        Assert.Equal(404, (await daemon.CurlAsync("GET", "/metrics")).Status); // The API was not asked to have them.

        var address = new IPEndPoint(IPAddress.Loopback, new Uri(url).Port);
        List<TcpClient> silent = [];
        try
        {
            byte[] none = new byte[1];
            int last;
            do
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync(address);
                last = silent.Count > 16 ? await silent[^1].GetStream().ReadAsync(none).AsTask().WaitAsync(GuestRig.Patience) : -1; // One too many is closed at once.
            }
            while (last != 0);
            Assert.InRange(silent.Count, 16, 18);
        }
        finally
        {
            silent.ForEach(s => s.Dispose());
        }

        await UntilAsync(async () => { try { return await Scrape.FromAsync(url); } catch (HttpRequestException) { return Scrape.Of(""); } }, s => s.Names.Contains("fastring_backend_connected"));
    }

    [Fact]
    public async Task The_next_worker_of_a_keeper_offers_them_at_the_same_place()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "echo=echo", "--metrics", "--api", "FOLDER/api.sock", "--sandbox-folder", "FOLDER");
        await kept.Daemon.UntilLogAsync("management API on");
        Assert.Contains("fastring_worker_turns_total", (await Scrape.FromSocketAsync(kept["api.sock"])).Names);
        await kept.ReplaceAsync();
        await GuestRig.UntilAsync(() => kept.Daemon.Log.Count(l => l.Contains("management API on", StringComparison.Ordinal)) == 2);
        Assert.Contains("fastring_worker_turns_total", (await Scrape.FromSocketAsync(kept["api.sock"])).Names);
    }

    [Theory]
    [InlineData("metrics at the management API need one", "--metrics")]
    [InlineData("metrics at 'example.org:9464': expected [HOST:]PORT", "--metrics", "example.org:9464")]
    [InlineData("metrics at '70000'", "--metrics", "70000")]
    [InlineData("metrics at 192.0.2.1:9464", "--metrics", "192.0.2.1:9464")] // An address of no machine.
    [InlineData("nobody is told how long buffers take", "--metrics-latency")]
    [InlineData("an OpenTelemetry collector at 'collector:4318'", "--otlp", "collector:4318")]
    public async Task What_cant_be_had_is_one_line_and_exit_code_2(string expected, params string[] options)
    {
        using var folder = new TemporaryFolder();
        (int exit, _, string error) = await Programs.TryRunAsync(Programs.FastRing, ["serve", "--socket-path", folder["vm.sock"], "--sandbox", Daemon.Sandbox, .. options]);
        Assert.Equal(ExitCode.Usage, exit);
        Assert.Contains(expected, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["vm.sock"]));
    }

    private const string Echo = $"exec 3<>{GuestRig.Links}/echo; head -c 100000 /dev/zero >&3 & head -c 100000 <&3 >/dev/null; wait";

    private static Task<ManagedDaemon> StartAsync(string metrics) => ManagedDaemon.StartAsync(
        $$"""{ "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 8, "ports": [ {{Ports}} ] } ], "api": { "socketPath": "FOLDER/api.sock" }, "metrics": {{metrics}} }""");

    private static async Task EchoAsync(ManagedDaemon daemon) => await daemon.RunAsync(Echo);

    private static async Task<Scrape> UntilAsync(Func<Task<Scrape>> look, Func<Scrape, bool> isSo)
    {
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        Scrape seen = await look();
        while (!isSo(seen))
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {seen.Text}");
            await Task.Delay(100);
            seen = await look();
        }

        return seen;
    }
}
