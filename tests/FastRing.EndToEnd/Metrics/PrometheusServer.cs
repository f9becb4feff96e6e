using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace FastRing.EndToEnd.Metrics;

/// <summary>A Prometheus that looks at one daemon each second.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(Process process, int port)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts it.</summary>
    /// <param name="target">The daemon's /metrics.</param>
    /// <param name="rules">The text of a file of alerts.</param>
    /// <param name="folder">Where it may keep what it sees.</param>
    public static async Task<PrometheusServer> StartAsync(Uri target, string rules, string folder)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "rules.yml"), rules);
        string config = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(
            config, $"{{ global: {{ scrape_interval: 1s, evaluation_interval: 1s }}, rule_files: [ rules.yml ], scrape_configs: [ {{ job_name: fastring, static_configs: [ {{ targets: [ \"{target.Authority}\" ] }} ] }} ] }}");
        int port = FreePort();
        Process process = Programs.Start(
            await PrometheusPackage.ProgramAsync("prometheus"), [$"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", $"--web.listen-address=127.0.0.1:{port}"]);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new PrometheusServer(process, port);
    }

    /// <summary>What an expression comes to now: an element a series. Empty too while it is not there yet.</summary>
    public async Task<JsonElement[]> QueryAsync(string expression) =>
        [.. (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}"))?.GetProperty("result").EnumerateArray() ?? []];

    /// <summary>Names and ports of the alerts that are raised.</summary>
    public async Task<string[]> AlertsAsync() =>
    [
        .. (await GetAsync("/api/v1/alerts"))?.GetProperty("alerts").EnumerateArray().Where(a => a.GetProperty("state").GetString() == "firing").Select(a => a.GetProperty("labels"))
            .Select(l => $"{l.GetProperty("alertname").GetString()} {(l.TryGetProperty("port", out JsonElement port) ? port.GetString() : "")}".TrimEnd()) ?? [],
    ];

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task<JsonElement?> GetAsync(string path)
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(path);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{path}: {text}");
            return answer.StatusCode == HttpStatusCode.OK ? JsonDocument.Parse(text).RootElement.GetProperty("data") : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
