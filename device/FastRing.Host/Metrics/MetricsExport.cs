using FastRing.Diagnostics;
using FastRing.Host.Serving;
using FastRing.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace FastRing.Host.Metrics;

/// <summary>
/// The meter's instruments, and the runtime's, by OpenTelemetry: to Prometheus, which asks, and to a collector, which is sent them. Where neither is wanted there is no such object, and nothing
/// of OpenTelemetry is loaded.
/// </summary>
internal sealed class MetricsExport : IAsyncDisposable
{
    /// <summary>Where Prometheus looks unless it is told otherwise.</summary>
    public const string Path = "/metrics";

    private const string Runtime = "System.Runtime";

    private readonly MetricsConfig _config;
    private readonly OwnedFd? _listener;
    private MeterProvider? _provider;
    private MetricsServer? _server;

    private MetricsExport(MetricsConfig config, OwnedFd? listener)
    {
        _config = config;
        _listener = listener;
    }

    /// <summary>Binds the socket, if there is to be one. Who connects waits until <see cref="StartAsync"/>.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static MetricsExport? Listen(MetricsConfig? config)
    {
        if (config is not { IsOn: true })
        {
            return null;
        }

        try
        {
            return new MetricsExport(config, config.ListenAddress is { } address ? TcpSocket.Listen(address) : null);
        }
        catch (LinuxException e)
        {
            throw new UsageException($"metrics at {config.Listen}: {e.Message}") { Member = "metrics.listen" };
        }
    }

    /// <summary>Begins to count, and to answer. Not before VMMs are served: to load all this takes longer than that.</summary>
    /// <param name="guests">How many rings and ports there may be.</param>
    /// <param name="loggers">Where it says how it goes.</param>
    public async Task StartAsync(IReadOnlyList<GuestConfig> guests, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger("fastring");
        var cardinality = new Cardinality(guests);
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(r => r.AddService("fastring", serviceVersion: FastRingMeter.Meter.Version, autoGenerateServiceInstanceId: false).AddEnvironmentVariableDetector())
            .AddMeter([FastRingMeter.Name, Runtime, .. _config.Latency ? [FastRingMeter.LatencyName] : Array.Empty<string>()])
            .AddView(cardinality.Of);
        builder = _config.Api || _listener is not null ? builder.AddPrometheusExporter(o => o.ScopeInfoEnabled = false) : builder;
        _provider = (_config.OtlpEndpoint is { } collector ? builder.AddOtlpExporter(o => Send(o, collector, logger)) : builder).Build();
        if (_config.OtlpEndpoint is { } told)
        {
            logger.LogOtlp(told);
        }

        if (_listener is not null)
        {
            _server = await MetricsServer.StartAsync(_listener, this, loggers);
            logger.LogMetrics(TcpSocket.LocalAddress(_listener));
        }
    }

    /// <summary>Has the management API answer, if that is wanted.</summary>
    public void ServeOn(WebApplication api)
    {
        if (_config.Api)
        {
            Answer(api);
        }
    }

    /// <summary>Has a server answer.</summary>
    public void Answer(IApplicationBuilder app) =>
        app.UseOpenTelemetryPrometheusScrapingEndpoint(_provider, static c => c.Request.Path == Path, path: null, configureBranchedPipeline: null, optionsName: null);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync();
        }

        Interlocked.Exchange(ref _provider, null)?.Dispose();
        _listener?.Dispose();
    }

    private static void Send(OtlpExporterOptions options, Uri collector, ILogger logger)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = collector;
        options.HttpClientFactory = () => CollectorClient.Create(logger, TimeSpan.FromMilliseconds(options.TimeoutMilliseconds));
    }
}
