using System.Net.Sockets;
using FastRing.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Metrics;

/// <summary>/metrics over TCP, for anybody who can connect, and nothing else.</summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    /// <summary>The most connections at a time; one more is closed.</summary>
    public const int MostConnections = 16;

    /// <summary>How long a connection may say nothing.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;

    private MetricsServer(WebApplication app) => _app = app;

    /// <summary>Begins to answer.</summary>
    public static async Task<MetricsServer> StartAsync(OwnedFd listener, MetricsExport metrics, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "fastring" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, listener));
        builder.Services.AddSingleton(loggers).Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
        WebApplication app = builder.Build();
        app.Use(OnlyGetAsync);
        metrics.Answer(app);
        await app.StartAsync();
        return new MetricsServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static Task OnlyGetAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsGet(context.Request.Method))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = HttpMethods.Get;
        return Task.CompletedTask;
    }

    private static void Configure(KestrelServerOptions kestrel, OwnedFd listener)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentConnections = MostConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = 0;
        limits.MaxRequestLineSize = 4 << 10;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = s_silence;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2); // Prometheus comes again on the same connection, each minute or more often.
        kestrel.ListenHandle((ulong)listener.Fd, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => IsOfReserve(connection) ? Task.CompletedTask : next(connection));
        });
    }

    /// <summary>The last descriptors are no client's.</summary>
    private static bool IsOfReserve(ConnectionContext connection)
    {
        Socket socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        return OpenFileLimit.IsOfReserve((int)socket.Handle);
    }
}
