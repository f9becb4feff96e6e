using System.Runtime.InteropServices;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Isolation;

/// <summary><c>fastring serve --isolate</c>: the process that a user, or a service manager, starts and ends.</summary>
internal static class SupervisorProgram
{
    private static readonly Lock s_reading = new();

    /// <summary>Runs until a signal ends it, or a guest can't be served when it begins.</summary>
    /// <param name="config">All guests.</param>
    /// <returns>The exit code: that of a guest's first worker, if it could not serve.</returns>
    /// <exception cref="UsageException">Something can't be had, or not with guests that share nothing.</exception>
    public static async Task<int> RunAsync(DaemonConfig config)
    {
        IsolationCheck.ThrowIfWrong(config);
        DaemonSandbox.BeginKeeping(config.Sandbox);
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource<Action>();
        ServiceSignals.Catch(signal =>
        {
            if (signal == PosixSignal.SIGHUP && config.Source is not null)
            {
                _ = begun.Task.ContinueWith(read => read.Result(), TaskScheduler.Default);
            }
            else
            {
                signalled.TrySetResult();
            }
        });
        using ILoggerFactory loggers = LoggerFactory.Create(Daemon.AddLog);
        ILogger logger = loggers.CreateLogger("fastring");
        GuestShare.MakeApiFolders(config);
        DaemonSandbox.CompleteKeeping(config.Sandbox);
        using var worker = new Worker("supervisor", logger.LogKeeperFault);
        var supervisor = new Supervisor(worker, new WorkerStart(config.Sandbox.Diagnostics), config.Source is not null, loggers);
        supervisor.Serving += ServiceNotice.Ready;
        await worker.InvokeAsync(() =>
        {
            ServiceNotice.BeginWatchdog(worker);
            supervisor.Become(GuestShare.All(config));
        });
        begun.SetResult(() => ReadAgain(config, worker, supervisor, logger));
        await Task.WhenAny(signalled.Task, supervisor.Ended);
        ServiceNotice.Stopping();
        worker.Post(supervisor.End);
        return await supervisor.Ended;
    }

    /// <summary>A file with a mistake changes nothing. Thread pool.</summary>
    private static void ReadAgain(DaemonConfig config, Worker worker, Supervisor supervisor, ILogger logger)
    {
        try
        {
            lock (s_reading)
            {
                ConfigFile file = ConfigFile.Load(config.Source!.Path, new FixedConfig(config.Api, config.SandboxOfFile, config.MetricsOfFile).Problems);
                DaemonConfig wanted = config with { Guests = file.Guests, Source = file.Source, Api = ApiOf(config.Api, file.Api ?? new ApiConfig()) };
                IsolationCheck.ThrowIfWrong(wanted);
                GuestShare.MakeApiFolders(wanted);
                DaemonConfig[] shares = [.. GuestShare.All(wanted)];
                IEnumerable<DaemonConfig> staying = [];
                worker.InvokeAsync(() => staying = supervisor.Staying(shares)).GetAwaiter().GetResult();
                IsolationCheck.ThrowIf(wanted, IsolationCheck.Held(wanted, staying));
                worker.Post(() => supervisor.Become(shares));
                logger.LogRead(config.Source.Path, wanted.Guests.Count);
            }
        }
        catch (ObjectDisposedException)
        {
            // It ends.
        }
        catch (UsageException e)
        {
            Array.ForEach(e.Message.Split('\n'), logger.LogNotReloaded);
        }
    }

    /// <summary>Of the API only who may use it can change.</summary>
    private static ApiConfig? ApiOf(ApiConfig? api, ApiConfig wanted) => api is null ? null : api with { Admins = wanted.Admins, Readers = wanted.Readers };
}
