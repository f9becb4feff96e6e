using System.Runtime.InteropServices;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FastRing.Host.Serving;

/// <summary>Runs guests until SIGTERM, SIGINT, or the end of the only guest an inherited connection brought.</summary>
internal static class Daemon
{
    private static readonly CancellationTokenSource s_signalled = new();

    /// <summary>How long the end waits for a change that is being made.</summary>
    private static readonly TimeSpan s_lastChange = TimeSpan.FromSeconds(5);

    /// <summary>How long guests that wait have a worker to themselves.</summary>
    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(100);
    private static Task<IHost>? s_building;
    private static volatile Reload? s_reload;
    private static bool s_isReloadWanted;

    /// <summary>
    /// Begins what does not depend on the command line, while that is still being read: signals and log lines take as long to set up
    /// as the device does, and a VMM waits for both.
    /// </summary>
    /// <param name="hasFile">A file describes the guests, to be read again when a SIGHUP says so: as soon as there is something to change.</param>
    public static void Prepare(bool hasFile)
    {
        if (s_building is not null)
        {
            return;
        }

        // Before there is anything to leave behind.
        ServiceSignals.Catch(signal => Answer(signal, hasFile));
        s_building = Task.Run(BuildHost);
    }

    /// <summary>Lines on standard error, which nobody waits for.</summary>
    public static void AddLog(ILoggingBuilder log)
    {
        log.AddSimpleConsole(o => o.SingleLine = true);
        log.AddFilter("Microsoft", LogLevel.Warning); // The web server's.
        log.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error); // Whoever connects could fill the log with warnings.

        // Standard output may be a port's.
        log.Services.Configure<ConsoleLoggerOptions>(o =>
        {
            o.LogToStandardErrorThreshold = LogLevel.Trace;

            // Nobody reads standard error: lines are lost, workers must not wait.
            o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
    }

    /// <summary>A closed terminal ends the daemon in order too, unless it has a file to read again.</summary>
    private static void Answer(PosixSignal signal, bool hasFile)
    {
        if (KeeperLink.IsKept && signal is PosixSignal.SIGINT or PosixSignal.SIGQUIT)
        {
            return; // A terminal tells the keeper too, whose business that is.
        }

        if (signal == PosixSignal.SIGHUP && (hasFile || KeeperLink.IsKept))
        {
            Interlocked.Exchange(ref s_isReloadWanted, true); // A full fence: either this sees the reload, or who sets that sees the wish.
            ReloadIfWanted();
        }
        else
        {
            s_signalled.Cancel();
        }
    }

    private static void ReloadIfWanted()
    {
        if (s_reload is { } reload && Interlocked.Exchange(ref s_isReloadWanted, false))
        {
            _ = Task.Run(reload.RunLoggedAsync);
        }
    }

    /// <summary>Serves until the end.</summary>
    /// <exception cref="UsageException">Something that was asked for can't be had.</exception>
    public static async Task RunAsync(DaemonConfig config)
    {
        DaemonSandbox.Begin(KeeperLink.IsKept ? KeeperLink.FirstConfig : config);
        Prepare(hasFile: config.Source is not null);
        try
        {
            using KeeperLink? keeper = KeeperLink.IsKept ? KeeperLink.Connect(s_signalled) : null;
            if (keeper is not null)
            {
                await (config.IsIsolated ? Task.CompletedTask : Warmup.RunAsync(config.Sandbox)); // One that does not wait as a spare is not quicker for it.
                config = await keeper.TakeOverAsync(config);
            }

            await OpenAndServeAsync(config, keeper);
        }
        catch (OperationCanceledException) when (s_signalled.IsCancellationRequested)
        {
            // It had nothing to do yet.
        }
        catch (UsageException e) when (config.Source is { } file && e.Member.Length > 0)
        {
            throw file.Located(e);
        }
    }

    private static async Task OpenAndServeAsync(DaemonConfig config, KeeperLink? keeper)
    {
        Task<IHost> building = s_building!;
        await using EventFeed? events = config.Api is null ? null : new EventFeed();
        await using MetricsExport? metrics = MetricsExport.Listen(config.Metrics);
        await using ManagementServer? api = config.Api is null ? null : ManagementServer.Listen(config.Api);
        ServedGuests guests = ServedGuests.Open(config.Guests, new DeferredLogger(building), events, keeper);
        IHost? host = null;
        try
        {
            DaemonSandbox.Complete(config);
            await guests.StartAsync();
            ApiAccess? access = config.Api is null ? null : new ApiAccess(config.Api);
            keeper?.BeginServing(config, guests, access);
            if (keeper is { IsSuccessor: true })
            {
                await Task.Delay(s_breath, s_signalled.Token); // What follows takes processors from guests that wait.
            }

            host = await building;
            Follow(config, keeper, guests, access, events, DeferredLogger.Create(host));
            await ServeAsync(config, guests, api, metrics, access, events, host);
        }
        finally
        {
            // Before the log: a closed one has whoever still writes to it wait for somebody to read.
            guests.Dispose();
            host?.Dispose();
        }
    }

    /// <summary>One guest's share of a configuration is read again by who has all of it.</summary>
    private static void Follow(DaemonConfig config, KeeperLink? keeper, ServedGuests guests, ApiAccess? access, EventFeed? events, ILogger logger)
    {
        if (config.IsIsolated && keeper is not null)
        {
            var reload = new Reload("its configuration", config.Api, config.SandboxOfFile, config.MetricsOfFile, guests, access, events, logger);
            _ = keeper.FollowAsync(wanted => reload.RunLoggedAsync(new ConfigFile { Guests = wanted.Guests, Api = wanted.Api }));
        }
    }

    private static async Task ServeAsync(DaemonConfig config, ServedGuests guests, ManagementServer? api, MetricsExport? metrics, ApiAccess? access, EventFeed? events, IHost host)
    {
        await host.StartAsync();
        ILogger logger = DeferredLogger.Create(host);
        DaemonSandbox.Tell(config.Sandbox, logger);
        foreach (ServedGuest guest in guests.Guests)
        {
            logger.LogServing(guest.Config.DisplayName, guest.Config.Ports.Count + (guest.Config.Console is null ? 0 : 1));
        }

        await ExportAsync(metrics, config, host, logger);
        await ManageAsync(config, guests, api, metrics, access, events, host, logger);
        ServiceNotice.Ready();
        await Task.WhenAny(Task.Delay(Timeout.Infinite, s_signalled.Token), config.Source is null && !config.IsIsolated ? guests.Ended : Task.Delay(Timeout.Infinite, s_signalled.Token));
        s_reload = null;
        await (api?.DisposeAsync() ?? ValueTask.CompletedTask); // Before what it manages.
        await (metrics?.DisposeAsync() ?? ValueTask.CompletedTask);
        await guests.Changes.WaitAsync(s_lastChange);
        await host.StopAsync();
    }

    /// <summary>VMMs are served by now, and are no worse off without.</summary>
    private static async Task ExportAsync(MetricsExport? metrics, DaemonConfig config, IHost host, ILogger logger)
    {
        try
        {
            if (metrics is not null)
            {
                await Task.Run(() => metrics.StartAsync(config.Guests, host.Services.GetRequiredService<ILoggerFactory>()));
            }
        }
        catch (Exception e)
        {
            logger.LogMetricsFault(e);
        }
    }

    /// <summary>VMMs are served by now. What the API is made of may take its time.</summary>
    private static async Task ManageAsync(
        DaemonConfig config, ServedGuests guests, ManagementServer? api, MetricsExport? metrics, ApiAccess? access, EventFeed? events, IHost host, ILogger logger)
    {
        s_reload = config.Source is null ? null : new Reload(config.Source.Path, config.Api, config.SandboxOfFile, config.MetricsOfFile, guests, access, events, logger);
        Interlocked.MemoryBarrier(); // Pairs with the exchange of the signal's handler.
        ReloadIfWanted();
        try
        {
            if (api is not null)
            {
                await Task.Run(() => api.StartAsync(guests, events!, access!, s_reload, host.Services.GetRequiredService<ILoggerFactory>(), metrics));
            }
        }
        catch (Exception e)
        {
            logger.LogApiFault(e); // No reason to take the guests' ports away.
        }
    }

    /// <summary>Signals and log lines, and none of the defaults a web service wants.</summary>
    private static IHost BuildHost()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        AddLog(builder.Logging);
        return builder.Build();
    }
}
