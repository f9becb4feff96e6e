namespace FastRing.EndToEnd.Metrics;

/// <summary>The real daemon with a Linux guest, some bytes echoed, and a Prometheus that looks at it and has our alerts, which wait a second instead of minutes.</summary>
public sealed class MonitoredDaemon : IAsyncLifetime
{
    private const string Config =
        """
        { "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 8, "ports": [ { "name": "echo", "backend": "echo" }, { "name": "deaf", "backend": "unix:FOLDER/deaf.sock" } ] } ],
          "metrics": { "listen": "127.0.0.1:0", "latency": true } }
        """;

    private readonly TemporaryFolder _folder = new();

    internal ManagedDaemon Daemon { get; private set; } = null!;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    /// <summary>Where the daemon tells its metrics.</summary>
    internal string Url { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Daemon = await ManagedDaemon.StartAsync(Config);
        Url = await Scrape.AddressOfAsync(Daemon.Daemon);
        await Daemon.BootAsync("vm0.sock", "echo", "deaf");
        string rules = Packaged("prometheus/fastring-alerts.yml").Replace("> 60", "> 1", StringComparison.Ordinal).Replace("for: 1m", "for: 1s", StringComparison.Ordinal);
        Prometheus = await PrometheusServer.StartAsync(new Uri(Url), rules, _folder.FullName);
        await Daemon.RunAsync($"exec 3<>{GuestRig.Links}/echo; head -c 100000 /dev/zero >&3 & head -c 100000 <&3 >/dev/null; wait");
    }

    public async ValueTask DisposeAsync()
    {
        Prometheus?.Dispose();
        await (Daemon?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    /// <summary>The text of a file that is packaged.</summary>
    internal static string Packaged(string file) => File.ReadAllText(Path.Combine(Programs.Checkout(), "packaging", file));
}
