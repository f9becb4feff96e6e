using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Metrics;

/// <summary>What a daemon told Prometheus: samples by their name and labels, as text.</summary>
internal sealed partial class Scrape
{
    private readonly Dictionary<string, double> _samples = [];

    private Scrape(string text)
    {
        Text = text;
        foreach (Match sample in Samples().Matches(text))
        {
            string labels = string.Join(',', Labels().Matches(sample.Groups["labels"].Value).Select(l => l.Value).Order(StringComparer.Ordinal));
            _samples.Add($"{sample.Groups["name"].Value}{{{labels}}}", double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture));
        }
    }

    public string Text { get; }

    /// <summary>Names of samples.</summary>
    public IReadOnlySet<string> Names => _samples.Keys.Select(k => k[..k.IndexOf('{', StringComparison.Ordinal)]).ToHashSet();

    /// <summary>Names of metrics: a histogram has samples of several names.</summary>
    public IReadOnlySet<string> Metrics => Types().Matches(Text).Select(m => m.Groups["name"].Value).ToHashSet();

    /// <summary>Labels in the order of their names; null: there is no such sample.</summary>
    public double? this[string sample] => _samples.TryGetValue(sample, out double value) ? value : null;

    public static Scrape Of(string text) => new(text);

    /// <summary>By HTTP over TCP.</summary>
    public static async Task<Scrape> FromAsync(string url)
    {
        using var client = new HttpClient();
        return new Scrape(await client.GetStringAsync(url));
    }

    /// <summary>By HTTP over a unix socket.</summary>
    public static async Task<Scrape> FromSocketAsync(string path)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        return new Scrape(await client.GetStringAsync("http://localhost/metrics"));
    }

    /// <summary>Where a daemon said that it offers them.</summary>
    public static async Task<string> AddressOfAsync(Daemon daemon)
    {
        await daemon.UntilLogAsync("metrics on http://");
        return Address().Match(string.Join('\n', daemon.Log)).Value;
    }

    [GeneratedRegex("^# TYPE (?<name>\\S+) ", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[^}]*)\})? (?<value>\S+)$""", RegexOptions.Multiline)]
    private static partial Regex Samples();

    [GeneratedRegex("""\w+="[^"]*" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Labels();

    [GeneratedRegex("http://\\S+/metrics")]
    private static partial Regex Address();
}
