using System.Net.Sockets;
using FastRing.Console.Endpoints;
using FastRing.Host.Metrics;
using FastRing.Host.Serving;
using FastRing.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Management;

/// <summary>The management API: HTTP on a unix socket, for local users the kernel vouches for.</summary>
internal sealed class ManagementServer : IAsyncDisposable
{
    /// <summary>The largest request body.</summary>
    public const int MaxBodyBytes = 64 << 10;

    /// <summary>How long a connection may say nothing: nobody is to be kept out by those who connect and wait.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private readonly UnixListener _listener;
    private readonly string _path;
    private WebApplication? _app;

    private ManagementServer(UnixListener listener, string path)
    {
        _listener = listener;
        _path = path;
    }

    /// <summary>Binds the socket. Who connects waits until <see cref="StartAsync"/>.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static ManagementServer Listen(ApiConfig config)
    {
        string path = config.SocketPath ?? ApiPath.Default();
        try
        {
            if (config.SocketPath is null)
            {
                ApiPath.MakeFolder(path, config.ModeBits);
            }

            return new ManagementServer(new UnixListener(path, config.ModeBits), path);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new UsageException($"the API's socket {path}: {UsageException.Plain(e)}") { Member = "api.socketPath" };
        }
    }

    /// <summary>Begins to answer. Not before VMMs are served: to set up the web server takes longer than that.</summary>
    public async Task StartAsync(ServedGuests guests, EventFeed events, ApiAccess access, Reload? reload, ILoggerFactory loggers, MetricsExport? metrics = null)
    {
        ILogger logger = loggers.CreateLogger("fastring");
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "fastring" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, new ApiConnections(access)));
        builder.Services
            .AddSingleton(loggers)
            .AddRoutingCore()
            .ConfigureHttpJsonOptions(o => ApiJson.Apply(o.SerializerOptions))
            .Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true)
            .Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2))
            .AddOpenApi("v1", ApiDocument.Describe);
        _app = builder.Build();
        _app.Use(new ApiGate(access, logger).InvokeAsync);
        _app.Use(new ProblemResponses(logger).InvokeAsync);
        metrics?.ServeOn(_app);
        ApiRoutes.Map(_app, guests, events, reload, _app.Lifetime.ApplicationStopping);
        await _app.StartAsync();
        logger.LogApi(_path);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _app, null) is { } app)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        _listener.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel, ApiConnections connections)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.MaxRequestLineSize = 4 << 10;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = s_silence;
        limits.KeepAliveTimeout = s_silence;
        kestrel.ListenHandle((ulong)_listener.Fd.Fd, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection => ServeAsync(connection, connections, next));
        });
    }

    /// <summary>Asks the kernel who it is, once a connection.</summary>
    private static Task ServeAsync(ConnectionContext connection, ApiConnections connections, ConnectionDelegate next)
    {
        LocalPeer caller;
        Socket socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        using (OwnedFd fd = OwnedFd.DuplicateOf((int)socket.Handle))
        {
            caller = LocalPeer.Of(fd);
        }

        connection.Features.Set(caller);
        return connections.ServeAsync(connection, (int)socket.Handle, caller, next);
    }
}
