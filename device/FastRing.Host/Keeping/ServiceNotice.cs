using System.Globalization;
using System.Net.Sockets;
using FastRing.Workers;
using Microsoft.Extensions.Hosting.Systemd;

namespace FastRing.Host.Keeping;

/// <summary>What a service manager is told that asked for it (sd_notify(3)); nobody else.</summary>
internal static class ServiceNotice
{
    private static readonly SystemdNotifier s_notifier = new();
    private static readonly Lock s_turn = new();
    private static Task s_last = Task.CompletedTask;

    /// <summary>Guests are served: units that come after this one may start.</summary>
    public static void Ready() => Tell(ServiceState.Ready);

    /// <summary>The end has begun.</summary>
    public static void Stopping() => Tell(ServiceState.Stopping);

    /// <summary>Says that a loop still turns, as often as it wants to hear that (<c>WatchdogSec=</c>). Worker thread.</summary>
    public static void BeginWatchdog(Worker worker)
    {
        if (long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0)
        {
            Turn(worker, TimeSpan.FromMicroseconds(microseconds / 2.0));
        }
    }

    private static void Turn(Worker worker, TimeSpan period)
    {
        if (s_last.IsCompleted)
        {
            Tell(new ServiceState("WATCHDOG=1"));
        }

        worker.RunAfter(period, () => Turn(worker, period));
    }

    /// <summary>One after the other, and without waiting: a manager that does not read holds up nobody.</summary>
    private static void Tell(ServiceState state)
    {
        if (s_notifier.IsEnabled)
        {
            lock (s_turn)
            {
                s_last = s_last.ContinueWith(_ => Send(state), TaskScheduler.Default);
            }
        }
    }

    private static void Send(ServiceState state)
    {
        try
        {
            s_notifier.Notify(state);
        }
        catch (SocketException)
        {
            // It does not listen any more: no reason to serve no one.
        }
    }
}
