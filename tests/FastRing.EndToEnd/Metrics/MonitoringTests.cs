using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Metrics;

/// <summary>What is packaged for Grafana and Prometheus, with a real Prometheus that looks at a real daemon.</summary>
public sealed partial class MonitoringTests(MonitoredDaemon monitored) : IClassFixture<MonitoredDaemon>
{
    [Fact]
    public async Task Every_panel_of_the_dashboard_shows_something()
    {
        using JsonDocument dashboard = JsonDocument.Parse(MonitoredDaemon.Packaged("grafana/fastring.json"));
        string[] expressions =
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _))
                .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
        ];
        Assert.True(expressions.Length > 20);
        foreach (string expression in expressions)
        {
            string asked = Variable().Replace(expression.Replace("$__rate_interval", "10s", StringComparison.Ordinal), ".*");
            await UntilAsync(async () => (await monitored.Prometheus.QueryAsync(asked)).Length > 0, asked);
        }

        JsonElement[] io = await monitored.Prometheus.QueryAsync("""fastring_port_io_bytes_total{port="echo", direction="to_host"}""");
        Assert.Equal("100000", Assert.Single(io).GetProperty("value")[1].GetString());
    }

    [Fact]
    public async Task A_stuck_port_raises_its_alert_and_no_other_and_the_alert_goes_when_the_client_reads()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(monitored.Daemon["deaf.sock"]));
        await monitored.Daemon.RunAsync($"dd if=/dev/zero of={GuestRig.Links}/deaf bs=64k count=100 >/dev/null 2>&1 &");
        await UntilAsync(async () => (await monitored.Prometheus.AlertsAsync()).Length > 0, "an alert");
        Assert.Equal(["FastRingPortStalled deaf"], await monitored.Prometheus.AlertsAsync());

        using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(new byte[100 << 16]);
        await UntilAsync(async () => (await monitored.Prometheus.AlertsAsync()).Length == 0, "no alert");
    }

    [Theory]
    [InlineData("grafana/fastring.json")]
    [InlineData("prometheus/fastring-alerts.yml")]
    [InlineData("prometheus/fastring-alerts.test.yml")]
    public async Task Every_metric_a_packaged_file_names_is_one_that_the_daemon_tells(string file)
    {
        IReadOnlySet<string> told = (await Scrape.FromAsync(monitored.Url)).Names;
        string[] named = [.. Metric().Matches(MonitoredDaemon.Packaged(file)).Select(m => m.Value).Distinct()];
        Assert.True(named.Length >= 5, string.Join(' ', named));
        Assert.DoesNotContain(named, n => !told.Contains(n));
    }

    [Fact]
    public async Task The_document_has_every_metric_that_the_daemon_tells_and_no_other()
    {
        string[] told = [.. (await Scrape.FromAsync(monitored.Url)).Metrics.Where(n => n.StartsWith("fastring_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        string document = await File.ReadAllTextAsync(Path.Combine(Programs.Checkout(), "docs/metrics.md"));
        Assert.Equal(told, Row().Matches(document).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task How_long_buffers_took_is_told_in_buckets_from_a_microsecond_to_ten_seconds()
    {
        Scrape told = await Scrape.FromAsync(monitored.Url);
        foreach (string direction in (string[])["to_host", "to_guest"])
        {
            string of = $"device=\"vm0\",direction=\"{direction}\"";
            double[] seconds = [.. Bucket().Matches(told.Text).Where(m => m.Groups["direction"].Value == direction).Select(m => double.Parse(m.Groups["le"].Value, CultureInfo.InvariantCulture))];
            Assert.Equal((22, 1e-6, 2.5e-6, 10), (seconds.Length, seconds[0], seconds[1], seconds[^1]));
            double? publications = told[$"fastring_port_latency_seconds_count{{{of},port=\"echo\"}}"];
            Assert.True(publications >= 1 && publications == told[$"fastring_port_batch_count{{{of},port=\"echo\"}}"]);
            Assert.True(told[$"fastring_port_batch_sum{{{of},port=\"echo\"}}"] >= publications);
        }
    }

    [Fact]
    public async Task The_alerts_are_raised_when_and_only_when_they_say()
    {
        string promtool = await PrometheusPackage.ProgramAsync("promtool");
        string folder = Path.Combine(Programs.Checkout(), "packaging/prometheus");
        foreach (string[] arguments in (string[][])[["check", "config", "prometheus.yml"], ["test", "rules", "fastring-alerts.test.yml"]])
        {
            (int exit, string output, string error) = await Programs.TryRunAsync(promtool, arguments, folder: folder);
            Assert.True(exit == 0, output + error);
        }

        // Each alert has a test of its own.
        string[] alerts = [.. Alert().Matches(MonitoredDaemon.Packaged("prometheus/fastring-alerts.yml")).Select(m => m.Groups[1].Value)];
        Assert.Equal(7, alerts.Length);
        string tests = MonitoredDaemon.Packaged("prometheus/fastring-alerts.test.yml");
        Assert.All(alerts, a => Assert.Matches($"alertname: {a}\n +exp_alerts:", tests));
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        long end = Environment.TickCount64 + (long)GuestRig.Patience.TotalMilliseconds;
        while (!await isSo())
        {
            Assert.True(Environment.TickCount64 < end, $"never came about: {what}");
            await Task.Delay(200);
        }
    }

    [GeneratedRegex(@"\$(job|device|port)\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b(fastring|dotnet)_[a-z_]+[a-z]\b")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^\| `(fastring_[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^fastring_port_latency_seconds_bucket\{(?=.*port=""echo"")(?=.*direction=""(?<direction>\w+)"").*le=""(?<le>[0-9.E-]+)""", RegexOptions.Multiline)]
    private static partial Regex Bucket();

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex Alert();
}
