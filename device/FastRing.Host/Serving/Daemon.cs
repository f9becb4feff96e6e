using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FastRing.Host.Serving;

/// <summary>Runs guests until SIGTERM, SIGINT, or the end of the only guest an inherited connection brought.</summary>
internal static class Daemon
{
    private static readonly CancellationTokenSource s_signalled = new();
    private static readonly List<PosixSignalRegistration> s_signals = [];
    private static Task<IHost>? s_building;

    /// <summary>
    /// Begins what does not depend on the command line, while that is still being read: signals and log lines take as long to set up
    /// as the device does, and a VMM waits for both.
    /// </summary>
    public static void Prepare()
    {
        // Before there is anything to leave behind; a closed terminal ends the daemon in order too.
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
        {
            s_signals.Add(PosixSignalRegistration.Create(signal, static context =>
            {
                context.Cancel = true;
                s_signalled.Cancel();
            }));
        }

        s_building = Task.Run(BuildHost);
    }

    public static async Task RunAsync(IReadOnlyList<GuestConfig> configs)
    {
        Task<IHost> building = s_building ?? Task.Run(BuildHost);
        using ServedGuests guests = ServedGuests.Open(configs, new DeferredLogger(building));
        await guests.StartAsync();
        using IHost host = await building;
        await host.StartAsync();
        ILogger logger = DeferredLogger.Create(host);
        foreach (ServedGuest guest in guests.Guests)
        {
            logger.LogServing(guest.Config.DisplayName, guest.Config.Ports.Count + (guest.Config.Console is null ? 0 : 1));
        }

        await Task.WhenAny(Task.Delay(Timeout.Infinite, s_signalled.Token), guests.Ended);
        await host.StopAsync();
    }

    /// <summary>Signals and log lines, and none of the defaults a web service wants.</summary>
    private static IHost BuildHost()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true);

        // Standard output may be a port's.
        builder.Services.Configure<ConsoleLoggerOptions>(o =>
        {
            o.LogToStandardErrorThreshold = LogLevel.Trace;

            // Nobody reads standard error: lines are lost, workers must not wait.
            o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        });
        return builder.Build();
    }
}
