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
        var begun = new TaskCompletionSource<Action>();
        ServiceSignals.Catch(signal =>
        {
            if (signal == PosixSignal.SIGHUP && config.Source is not null)
            {
                _ = begun.Task.ContinueWith(hangUp => hangUp.Result(), TaskScheduler.Default);
            }
            else
            {
                signalled.TrySetResult();
            }
        });
        using ILoggerFactory loggers = LoggerFactory.Create(Daemon.AddLog);
        ILogger logger = loggers.CreateLogger("fastring");
        using UpgradeDoor door = UpgradeDoor.Listen(path ?? Default());
        DaemonSandbox.CompleteKeeping(config.Sandbox);
        using var worker = new Worker("keeper", logger.LogKeeperFault);
        var keeper = new Keeper(worker, new WorkerStart(config.Sandbox.Diagnostics), config, logger);
        keeper.Serving += ServiceNotice.Ready;
        await worker.InvokeAsync(() =>
        {
            door.Begin(worker, keeper, logger);
            ServiceNotice.BeginWatchdog(worker);
            keeper.Begin();
        });
        begun.SetResult(() => worker.Post(keeper.HangUp));
        await Task.WhenAny(signalled.Task, keeper.Ended);
        ServiceNotice.Stopping();
        worker.Post(keeper.End);
        int exitCode = await keeper.Ended;
        await worker.InvokeAsync(door.End);
        return exitCode;
    }

    private static string Default()
    {
        string path = KeeperPath.Default();
        ApiPath.MakeFolder(path);
        return path;
    }
}
