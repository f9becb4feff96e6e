using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Interop.Sandbox;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Sandbox;

/// <summary>
/// The daemon gives up what it has no use for, in two steps. Before anything is opened: files (Landlock), and the runtime's diagnostics. Both hold only for threads and
/// programs that start later, so the program starts itself anew in the same process. When everything is open: root, core dumps, system calls (seccomp), for all threads.
/// </summary>
internal static class DaemonSandbox
{
    /// <summary>Tells the program that it was started anew, and by which process: a program that it might start is not.</summary>
    private const string Variable = "FASTRING_RESTRICTED";

    /// <summary>Has the runtime make a socket and pipes by which its user's programs can look into it, debug it and load code into it, unless it is 0.</summary>
    public const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>
    /// Milliseconds between two looks of a trace at all stacks, hexadecimal as all that the runtime reads from its environment. All threads stand still for a look: with the 1 that
    /// .NET 10 takes by itself a busy ring loses a tenth of its time and more. .NET 11 takes 10.
    /// </summary>
    public const string TraceInterval = "DOTNET_EventPipeThreadSamplingRate";

    /// <summary>What a daemon has, unless who starts it says otherwise.</summary>
    public const string TenMilliseconds = "A";

    /// <summary>Those of them that look only are what is left when these are 0.</summary>
    private static readonly string[] s_morePowerful = ["DOTNET_EnableDiagnostics_Debugger", "DOTNET_EnableDiagnostics_Profiler"];

    /// <summary>Asked now: later the process may not.</summary>
    private static readonly int s_landlock = LandlockRuleset.Abi;

    /// <summary>The first step is taken.</summary>
    public static bool HasBegun { get; } = Environment.GetEnvironmentVariable(Variable) == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ports may connect to others: where guests share nothing, only if the configuration had such a port at the start.</summary>
    public static bool MayConnect { get; private set; } = true;

    /// <summary>It is one guest's process beside those of others.</summary>
    private static bool s_isIsolated;

    /// <summary>The runtime is to be looked into: the configuration says so, or who started the daemon.</summary>
    public static bool HasDiagnostics(SandboxConfig sandbox) => (Environment.GetEnvironmentVariable(Diagnostics) ?? (sandbox.Diagnostics ? "1" : "0")) != "0";

    /// <summary>Whether a command line may well be one whose program starts itself anew.</summary>
    public static bool IsToBegin(string[] args) => !HasBegun && !args.Contains("--sandbox=off") && !(args.AsSpan().IndexOf("--sandbox") is >= 0 and int at && args.ElementAtOrDefault(at + 1) == "off");

    /// <summary>The first step. Where one is to be taken, it does not return: <c>Main</c> begins again.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static void Begin(DaemonConfig config)
    {
        s_isIsolated = config.IsIsolated;
        if (HasBegun || config.Sandbox.Value == SandboxMode.Off)
        {
            return;
        }

        if (config.Sandbox.Value == SandboxMode.Strict && s_landlock == 0)
        {
            throw new UsageException("--sandbox strict needs Landlock, which this kernel does not have, or has switched off: --sandbox on does without");
        }

        if (config.Api is { SocketPath: null } api)
        {
            ApiPath.MakeFolder(ApiPath.Default(), api.ModeBits);
        }

        try
        {
            RemoveDiagnosticFiles();
            Privileges.ForbidNew();
            RestrictFiles(config);
            StartAnew(config.Sandbox);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Impossible(e);
        }
    }

    /// <summary>
    /// The first step of a process that only keeps what others serve: no new rights and no diagnostics. Files it leaves to its workers, which could have no others than its own. Where it
    /// is to be taken, it does not return.
    /// </summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static void BeginKeeping(SandboxConfig sandbox)
    {
        if (HasBegun || sandbox.Value == SandboxMode.Off)
        {
            return;
        }

        try
        {
            RemoveDiagnosticFiles();
            Privileges.ForbidNew();
            StartAnew(sandbox with { Diagnostics = false });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Impossible(e);
        }
    }

    /// <summary>Its second step, before the first worker is started: core dumps, and the system calls that neither it nor its workers have a use for.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static void CompleteKeeping(SandboxConfig sandbox)
    {
        if (sandbox.Value == SandboxMode.Off)
        {
            return;
        }

        try
        {
            Privileges.ForbidDumps();
            SystemCallPolicy.KeeperFilter(sandbox.Value).Install();
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or InvalidOperationException)
        {
            throw Impossible(e);
        }
    }

    /// <summary>The second step, when everything is open that may take root, and before a guest is served.</summary>
    /// <exception cref="UsageException">It can't be had.</exception>
    public static void Complete(DaemonConfig config)
    {
        SandboxConfig sandbox = config.Sandbox;
        DaemonConfig first = KeeperLink.IsKept ? KeeperLink.FirstConfig : config; // What the last worker left is not to say what this one may do.
        try
        {
            if (sandbox.User is { } name && EffectiveUser.Id == 0)
            {
                BecomeUser(UserIdentity.Find(name) ?? throw new UsageException($"no user '{name}'"), config);
            }

            if (sandbox.Value != SandboxMode.Off)
            {
                Privileges.ForbidDumps();
                MayConnect = !ForbidsToConnect(first);
                CompleteSystemCalls(first);
            }
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or InvalidOperationException)
        {
            throw Impossible(e);
        }
    }

    /// <summary>Whether a process with such a sandbox may connect to nobody.</summary>
    /// <param name="first">What it is confined to.</param>
    public static bool ForbidsToConnect(DaemonConfig first) => first is { IsIsolated: true, Sandbox.Value: not SandboxMode.Off } && !SandboxFiles.Connects(first);

    /// <summary>What there is now, for the log.</summary>
    public static void Tell(SandboxConfig sandbox, ILogger logger)
    {
        if (sandbox.Value == SandboxMode.Off)
        {
            return;
        }

        string files = sandbox.Value == SandboxMode.Log ? "any" : s_landlock > 0 ? string.Create(CultureInfo.InvariantCulture, $"those of its configuration (Landlock {s_landlock})") : "any, because the kernel has no Landlock";
        logger.LogSandbox(sandbox.Mode, EffectiveUser.Id, files);
        if (EffectiveUser.Id == 0)
        {
            logger.LogRoot();
        }
    }

    /// <summary>A message without what .NET adds for programmers, and with what the sandbox may have to do with it.</summary>
    public static string Explain(Exception e) =>
        HasBegun && e is LinuxException { Errno: Errno.EACCES } or UnauthorizedAccessException
            ? $"{UsageException.Plain(e)} ({(s_isIsolated ? "with --isolate a guest's process gets into the folders that its ports had when it began, and no others" : "the sandbox lets the daemon into the folders its configuration named when it started, and those of --sandbox-folder")})"
            : UsageException.Plain(e);

    private static UsageException Impossible(Exception e) => new($"the sandbox can't be had: {UsageException.Plain(e)}; --sandbox off does without");

    private static void CompleteSystemCalls(DaemonConfig first)
    {
        if (first.IsIsolated)
        {
            FileModes.TakeAsTheyAreSaid(); // It may not change any from here on.
        }

        bool internet = SandboxFiles.UsesInternet(first) || (first.Sandbox.Value != SandboxMode.Strict && MayConnect);
        SystemCallPolicy.Filter(first.Sandbox.Value, internet, MayConnect, hasNeighbours: first.IsIsolated).Install();
    }

    private static void RestrictFiles(DaemonConfig config)
    {
        SandboxMode mode = config.Sandbox.Value;
        if (s_landlock == 0 || mode == SandboxMode.Log)
        {
            return;
        }

        using var rules = new LandlockRuleset(tcp: mode == SandboxMode.Strict, SandboxFiles.UsesAbstractSockets(config));
        foreach ((string path, LandlockAccess access) in SandboxFiles.Of(config, config.Sandbox))
        {
            rules.Allow(path, access);
        }

        (IEnumerable<int> listen, IEnumerable<int> connect) = SandboxFiles.Ports(config);
        listen.ToList().ForEach(rules.AllowListen);
        connect.ToList().ForEach(rules.AllowConnect);
        rules.RestrictThread();
    }

    /// <summary>The runtime makes them when it starts and removes them when it ends, which it does not here.</summary>
    private static void RemoveDiagnosticFiles()
    {
        int self = Environment.ProcessId;
        foreach (string path in Directory.EnumerateFiles(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"*-{self}-*"))
            .Where(p => Path.GetFileName(p).StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) || Path.GetFileName(p).StartsWith("clr-debug-pipe-", StringComparison.Ordinal)))
        {
            File.Delete(path);
        }
    }

    private static void StartAnew(SandboxConfig sandbox)
    {
        string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline"))[..^1].Split('\0'); // Each ends with a zero.
        Dictionary<string, string> environment = sandbox.Diagnostics ? s_morePowerful.ToDictionary(v => v, _ => "0") : new() { [Diagnostics] = "0" };
        environment[TraceInterval] = TenMilliseconds;
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable is not { Key: TraceInterval, Value: "" })
            {
                environment[(string)variable.Key] = (string?)variable.Value ?? "";
            }
        }

        environment[Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        ServiceSignals.Hold();
        ProgramImage.Replace(Environment.ProcessPath!, arguments, environment);
    }

    private static void BecomeUser(UserIdentity user, DaemonConfig config)
    {
        // Their modes are for that user from now on, as if it had made them.
        foreach (string path in config.Guests.SelectMany(g => GuestCheck.MadePaths(g)).Select(m => m.Path)
            .Concat(config.Guests.Select(g => g.SocketPath).OfType<string>()).Where(p => !p.StartsWith('@')))
        {
            user.TakeSocketFile(path);
        }

        if (config.Api is { } api)
        {
            user.TakeSocketFile(api.SocketPath ?? ApiPath.Default());
        }

        user.Become();
        if (RuntimeFeature.IsDynamicCodeSupported && !File.Exists(Environment.ProcessPath))
        {
            throw new UsageException($"user '{user.Name}' can't reach {Environment.ProcessPath}, of whose folder the runtime loads parts when they are needed");
        }
    }
}
