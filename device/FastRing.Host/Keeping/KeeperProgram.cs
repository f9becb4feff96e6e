using System.Runtime.InteropServices;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Keeping;

/// <summary><c>fastring serve --keep</c>: the process that a user, or a service manager, starts and ends.</summary>
internal static class KeeperProgram
{
    private static readonly List<PosixSignalRegistration> s_signals = [];

    /// <summary>Whether a command line is a keeper's, and this process not a worker of one.</summary>
    public static bool IsMeant(string[] args) => !KeeperLink.IsKept && args.Any(a => a.Split('=')[0] is "--keep" or "--isolate");

    /// <summary>Runs until a signal ends it, or its first worker can't do what it is to do.</summary>
    /// <param name="config">What its workers are to do; they read it themselves.</param>
    /// <param name="path">Where <c>fastring upgrade</c> comes to; null: the usual place.</param>
    /// <returns>The exit code: the worker's, if there never was one that served.</returns>
    /// <exception cref="UsageException">Something can't be had.</exception>
    public static async Task<int> RunAsync(DaemonConfig config, string? path)
    {
        DaemonSandbox.BeginKeeping(config.Sandbox);
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Keeper? keeper = null;
        Worker? loop = null;
        bool hasFile = config.Source is not null;
        Catch(signal =>
        {
            if (signal == PosixSignal.SIGHUP && hasFile && keeper is { } kept)
            {
                loop!.Post(kept.HangUp);
            }
            else if (signal != PosixSignal.SIGHUP || !hasFile)
            {
                signalled.TrySetResult();
            }
        });
        using ILoggerFactory loggers = LoggerFactory.Create(Daemon.AddLog);
        ILogger logger = loggers.CreateLogger("fastring");
        using UpgradeDoor door = UpgradeDoor.Listen(path ?? Default());
        DaemonSandbox.CompleteKeeping(config.Sandbox);
        using var worker = new Worker("keeper", logger.LogKeeperFault);
        var made = new Keeper(worker, new WorkerStart(config.Sandbox.Diagnostics), config, logger);
        made.Serving += ServiceNotice.Ready;
        await worker.InvokeAsync(() =>
        {
            door.Begin(worker, made, logger);
            ServiceNotice.BeginWatchdog(worker);
            made.Begin();
        });
        loop = worker;
        keeper = made;
        await Task.WhenAny(signalled.Task, made.Ended);
        ServiceNotice.Stopping();
        worker.Post(made.End);
        int exitCode = await made.Ended;
        await worker.InvokeAsync(door.End);
        return exitCode;
    }

    /// <summary>Has signals that end a process, or hang it up, handled for good.</summary>
    public static void Catch(Action<PosixSignal> handle)
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP])
        {
            s_signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                handle(context.Signal);
            }));
        }
    }

    private static string Default()
    {
        string path = KeeperPath.Default();
        ApiPath.MakeFolder(path);
        return path;
    }
}
