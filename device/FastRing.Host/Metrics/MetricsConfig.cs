using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;
using FastRing.Host.Serving;

namespace FastRing.Host.Metrics;

/// <summary>Where the daemon's metrics go, as the configuration file, or the options of <c>serve</c>, describe it.</summary>
internal sealed record MetricsConfig
{
    /// <summary>To whoever gets /metrics of the management API.</summary>
    public bool Api { get; set; }

    /// <summary>To whoever gets /metrics over TCP, at [HOST:]PORT; null: there is no such server.</summary>
    public string? Listen { get; set; }

    /// <summary>To the OpenTelemetry collector of this URL; null: to none.</summary>
    public string? Otlp { get; set; }

    /// <summary>How long ports' buffers take, and how many go back at a time, is measured too.</summary>
    public bool Latency { get; set; }

    /// <summary>There is somebody to give them to.</summary>
    [JsonIgnore]
    public bool IsOn => Api || Listen is not null || Otlp is not null;

    /// <summary>The address of <see cref="Listen"/>.</summary>
    [JsonIgnore]
    public IPEndPoint? ListenAddress => Listen is { } text ? Address(text) : null;

    /// <summary>The whole URL of <see cref="Otlp"/>: a collector that is named without a path has the usual one.</summary>
    [JsonIgnore]
    public Uri? OtlpEndpoint => Otlp is { } text && Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
        ? (url.PathAndQuery == "/" ? new Uri(url, "v1/metrics") : url)
        : null;

    /// <summary>What is wrong with it, by member.</summary>
    public IEnumerable<ConfigProblem> Problems()
    {
        if (Listen is not null && ListenAddress is null)
        {
            yield return new ConfigProblem("listen", $"metrics at '{Listen}': expected [HOST:]PORT, an address of this machine and a port up to 65535, for example 9464, 0.0.0.0:9464 or [::1]:9464");
        }

        if (Otlp is not null && OtlpEndpoint is null)
        {
            yield return new ConfigProblem("otlp", $"an OpenTelemetry collector at '{Otlp}': expected its URL, for example http://127.0.0.1:4318");
        }

        if (Latency && !IsOn)
        {
            yield return new ConfigProblem("latency", "nobody is told how long buffers take: say to whom, with --metrics or --otlp (listen, api or otlp)");
        }
    }

    private static IPEndPoint? Address(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "localhost" : text[..colon];
        bool isBracketed = host is ['[', .., ']'];
        IPAddress? address = host == "localhost" ? IPAddress.Loopback : null;
        return (address is not null || (host.Contains(':', StringComparison.Ordinal) == isBracketed && IPAddress.TryParse(host, out address)))
            && ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? new IPEndPoint(address!, port)
            : null;
    }
}
