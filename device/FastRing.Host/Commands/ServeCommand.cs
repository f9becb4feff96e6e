using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Host.Isolation;
using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary><c>fastring serve</c>: the daemon.</summary>
internal static class ServeCommand
{
    private static readonly Option<string> SocketPath = new("--socket-path") { Description = "Listen for the VMM on this unix socket.", HelpName = "PATH" };
    private static readonly Option<string> VfioUser = new("--vfio-user") { Description = "Listen for QEMU's vfio-user-pci on this unix socket instead: the guest has a PCI card, and the VMM needs no vhost-user.", HelpName = "PATH" };
    private static readonly Option<int?> Fd = new("--fd") { Description = "Serve this inherited socket instead, listening or connected.", HelpName = "N", CustomParser = Number };
    private static readonly Option<int?> MaxPorts = new("--max-ports") { Description = "Ports the guest makes room for, 1 to 511; port 0 is the console's. Default 31. The VMM needs 2*(N+1) queues.", HelpName = "N", CustomParser = Number };
    private static readonly Option<string[]> Port = new("--port")
    {
        Description = $"A named port, repeatable. BACKEND is KIND[:ADDRESS][,OPTION=VALUE...], a comma within doubled: {string.Join("; ", BackendKind.All.Select(k => k.Help))}.",
        HelpName = "NAME=BACKEND",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Console = new("--console") { Description = "Make port 0 a console (hvc0) on this backend.", HelpName = "BACKEND" };
    private static readonly Option<string> ConsoleSize = new("--console-size") { Description = "Tell the guest the size of the console's terminal, for example 80x24.", HelpName = "COLUMNSxROWS" };
    private static readonly Option<string> ResizeOrder = new Option<string>("--resize-order") { Description = "Which of the two the guest's driver reads first: columnsFirst for Debian 12's Linux, 6.15 and 6.16.", DefaultValueFactory = _ => "rowsFirst" }
        .AcceptOnlyFromAmong("rowsFirst", "columnsFirst");

    private static readonly Option<string> Restored = new Option<string>("--restored") { Description = "What becomes of conversations when the guest comes from a saved state: they go on (resume), or end, and the guest sees its ports close and open (restart).", DefaultValueFactory = _ => "resume" }
        .AcceptOnlyFromAmong("resume", "restart");

    private static readonly Option<FileInfo> Config = new("--config") { Description = "Serve the guests this JSON file describes.", HelpName = "FILE" };
    private static readonly Option<string> EventIndex = Switch("--event-idx", "Offer VIRTIO_F_EVENT_IDX.");
    private static readonly Option<string> Indirect = Switch("--indirect", "Offer VIRTIO_F_INDIRECT_DESC.");
    private static readonly Option<string> Packed = Switch("--packed", "Offer VIRTIO_F_RING_PACKED.");
    private static readonly Option<string> AccessPlatform = Switch("--access-platform", "Offer VIRTIO_F_ACCESS_PLATFORM: for a guest whose device is behind an IOMMU.", "off");
    private static readonly Option<string> OrderPlatform = Switch("--order-platform", "Offer VIRTIO_F_ORDER_PLATFORM: the guest orders memory as for hardware, which is slower.", "off");
    private static readonly Option<string> Wait = new Option<string>("--wait") { Description = "What to do while idle: sleep, poll for a while first (adaptive), or poll for ever, which takes a processor.", DefaultValueFactory = _ => "sleep" }
        .AcceptOnlyFromAmong("sleep", "adaptive", "poll");

    private static readonly Option<int?> PollBudgetUs = new("--poll-budget-us") { Description = "The longest --wait adaptive polls, in microseconds. Default 50.", HelpName = "N", CustomParser = Number };
    private static readonly Option<int?> Cpu = new("--cpu") { Description = "Tie the device's thread to this processor.", HelpName = "N", CustomParser = Number };
    private static readonly Option<int?> CoalesceBuffers = new("--coalesce-buffers") { Description = "Notify the guest once for N used buffers, or after 1 ms.", HelpName = "N", CustomParser = Number };
    private static readonly Option<int?> CoalesceUs = new("--coalesce-us") { Description = "Notify the guest N microseconds after the first used buffer.", HelpName = "N", CustomParser = Number };
    private static readonly Option<int?> LookUs = new("--look-us") { Description = "Look every N microseconds for what a busy guest sends, instead of being notified of each buffer.", HelpName = "N", CustomParser = Number };
    private static readonly Option<string> MemorySeals = new Option<string>("--memory-seals")
    {
        Description = "What is asked of the files of guest memory: nothing (any), a seal against shrinking where they take one (add), that they have it (require).",
        DefaultValueFactory = _ => "any",
    }.AcceptOnlyFromAmong("any", "add", "require");

    private static readonly Option<string?> Api = new("--api")
    {
        Description = $"Offer the management API on this unix socket; without PATH: ${ApiPath.Variable}, else /run/fastring/api.sock for root, $XDG_RUNTIME_DIR/fastring/api.sock for others.",
        HelpName = "PATH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> ApiMode = new("--api-mode") { Description = $"Permissions of the API's socket, in octal. Default {ApiConfig.DefaultMode}.", HelpName = "MODE" };
    private static readonly Option<string?> Metrics = new("--metrics")
    {
        Description = "Offer metrics to Prometheus at /metrics, over TCP; without PORT: of the management API. HOST is 127.0.0.1 unless another address is said.",
        HelpName = "[HOST:]PORT",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Otlp = new("--otlp") { Description = "Send metrics to this OpenTelemetry collector (OTLP, http/protobuf), each minute unless $OTEL_METRIC_EXPORT_INTERVAL says otherwise.", HelpName = "URL" };
    private static readonly Option<bool> MetricsLatency = new("--metrics-latency") { Description = "Have --metrics and --otlp tell also how long the buffers of each port took, and how many went back at a time." };
    private static readonly Option<string> Sandbox = new Option<string>("--sandbox")
    {
        Description = "What the daemon gives up for good: nothing (off), nothing but tells the kernel's log (log), files and system calls it has no use for (on), and its life when it tries (strict).",
        DefaultValueFactory = _ => SandboxConfig.DefaultMode,
    }.AcceptOnlyFromAmong(SandboxConfig.Modes);

    private static readonly Option<string[]> SandboxFolder = new("--sandbox-folder") { Description = "A folder that ports added later may use, repeatable.", HelpName = "PATH", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Diagnostics = new("--diagnostics") { Description = "Leave the runtime's diagnostics socket in the sandbox, for fastring counters, stacks and trace." };
    private static readonly Option<string?> User = new("--user") { Description = "Become this user, a name or UID:GID, once everything is open; for root.", HelpName = "NAME" };
    private static readonly Option<string?> Keep = new("--keep")
    {
        Description = $"Serve in a process of its own, which is replaced when it dies, or by fastring upgrade, without the guests noticing. PATH is where that command comes to; without it: ${KeeperPath.Variable}, else /run/fastring/keeper.sock for root, $XDG_RUNTIME_DIR/fastring/keeper.sock for others.",
        HelpName = "PATH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Isolate = new("--isolate")
    {
        Description = "Serve each guest in a process of its own, which has nothing of the others', and is replaced when it dies without its guest noticing. Each guest has folders of its own; docs/isolation.md says what can't be had with it.",
    };

    private static readonly Option<bool> PrintCapabilities = Capabilities.Option();

    public static Command Create()
    {
        var command = new Command("serve", "Serve named ports to guests until SIGTERM or SIGINT.")
        {
            SocketPath, VfioUser, Fd, MaxPorts, Port, Console, ConsoleSize, ResizeOrder, Restored, Config, EventIndex, Indirect, Packed, AccessPlatform, OrderPlatform,
            Wait, PollBudgetUs, Cpu, CoalesceBuffers, CoalesceUs, LookUs, MemorySeals, Api, ApiMode, Metrics, Otlp, MetricsLatency, Sandbox, SandboxFolder, Diagnostics, User, Keep, Isolate, PrintCapabilities,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken _)
    {
        if (parsed.GetValue(PrintCapabilities))
        {
            Capabilities.Print();
            return 0;
        }

        if (KeeperLink.IsKept)
        {
            await Daemon.RunAsync(KeeperLink.LastConfig ?? (parsed.GetValue(Isolate) ? KeeperLink.FirstConfig : Read(parsed)));
            return 0;
        }

        if (parsed.GetValue(Isolate))
        {
            return parsed.GetResult(Keep) is null
                ? await SupervisorProgram.RunAsync(ReadKept(parsed))
                : throw new UsageException("--isolate replaces what dies as --keep does, but has no spare for each guest and no fastring upgrade: say one of them");
        }

        if (parsed.GetResult(Keep) is not null)
        {
            return await KeeperProgram.RunAsync(ReadKept(parsed), parsed.GetValue(Keep));
        }

        await Daemon.RunAsync(Read(parsed));
        return 0;
    }

    private static DaemonConfig ReadKept(ParseResult parsed)
    {
        DaemonConfig config = Read(parsed);
        return config.Guests.FirstOrDefault(g => g.IsVfioUser) is { } guest ? throw new UsageException($"{guest.ErrorPrefix}{GuestConfig.VfioUserIsNotKept}") : config;
    }

    private static DaemonConfig Read(ParseResult parsed)
    {
        if (parsed.GetValue(Config) is not { } file)
        {
            ApiConfig? api = ApiOf(parsed, null);
            return new DaemonConfig([FromOptions(parsed)], api, SandboxOf(parsed, null), null) { Metrics = MetricsOf(parsed, null, api) };
        }

        Option[] others = [SocketPath, VfioUser, Fd, MaxPorts, Port, Console, ConsoleSize, ResizeOrder, Restored, EventIndex, Indirect, Packed, AccessPlatform, OrderPlatform, Wait, PollBudgetUs, Cpu, CoalesceBuffers, CoalesceUs, LookUs, MemorySeals];
        Option? conflict = others.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        if (conflict is not null)
        {
            throw new UsageException($"{conflict.Name} and --config exclude each other: the file describes every guest");
        }

        ConfigFile read = ConfigFile.Load(file.FullName);
        ApiConfig? managed = ApiOf(parsed, read.Api);
        return new DaemonConfig(read.Guests, managed, SandboxOf(parsed, read.Sandbox), read.Source)
        {
            SandboxOfFile = read.Sandbox,
            Metrics = MetricsOf(parsed, read.Metrics, managed),
            MetricsOfFile = read.Metrics,
        };
    }

    /// <summary>What the command line says of the API goes before what the file says.</summary>
    private static ApiConfig? ApiOf(ParseResult parsed, ApiConfig? file)
    {
        string? mode = parsed.GetValue(ApiMode);
        if (parsed.GetResult(Api) is null && file is null)
        {
            return mode is null ? null : throw new UsageException("--api-mode goes with --api");
        }

        ApiConfig config = file ?? new ApiConfig();
        config = config with { SocketPath = parsed.GetValue(Api) ?? config.SocketPath, Mode = mode ?? config.Mode };
        return config.Problems().FirstOrDefault() is { Message: { } why } ? throw new UsageException(why) : config;
    }

    private static MetricsConfig? MetricsOf(ParseResult parsed, MetricsConfig? file, ApiConfig? api)
    {
        bool isAsked = parsed.GetResult(Metrics) is not null;
        string? listen = parsed.GetValue(Metrics);
        bool latency = parsed.GetValue(MetricsLatency) || file is { Latency: true };
        if (!isAsked && !latency && parsed.GetValue(Otlp) is null && file is null)
        {
            return null;
        }

        MetricsConfig config = file ?? new MetricsConfig();
        config = config with { Api = config.Api || (isAsked && listen is null), Listen = listen ?? config.Listen, Otlp = parsed.GetValue(Otlp) ?? config.Otlp, Latency = latency };
        return config.Problems().FirstOrDefault() is { Message: { } why } ? throw new UsageException(why)
            : config.Api && api is null ? throw new UsageException("metrics at the management API need one: say --api too, or a port for them, as in --metrics 9464")
            : config;
    }

    private static SandboxConfig SandboxOf(ParseResult parsed, SandboxConfig? file)
    {
        SandboxConfig config = file ?? new SandboxConfig();
        config = config with
        {
            Mode = parsed.GetResult(Sandbox) is { Implicit: false } ? parsed.GetValue(Sandbox)! : config.Mode,
            User = parsed.GetValue(User) ?? config.User,
            Diagnostics = config.Diagnostics || parsed.GetValue(Diagnostics),
            Folders = [.. config.Folders, .. parsed.GetValue(SandboxFolder) ?? []],
        };
        return config.Problems().FirstOrDefault() is { Message: { } why } ? throw new UsageException(why) : config;
    }

    private static GuestConfig FromOptions(ParseResult parsed)
    {
        string? path = parsed.GetValue(SocketPath);
        string? vfioUser = parsed.GetValue(VfioUser);
        int? fd = parsed.GetValue(Fd);
        if (new[] { path is not null, vfioUser is not null, fd is not null }.Count(isSaid => isSaid) != 1)
        {
            throw new UsageException("say one of --socket-path PATH, --vfio-user PATH, --fd N and --config FILE");
        }

        return new GuestConfig
        {
            SocketPath = path ?? vfioUser,
            Protocol = vfioUser is null ? GuestConfig.VhostUser : GuestConfig.VfioUser,
            Fd = fd,
            MaxPorts = parsed.GetValue(MaxPorts) ?? GuestConfig.DefaultMaxPorts,
            Console = parsed.GetValue(Console),
            ConsoleSize = parsed.GetValue(ConsoleSize),
            ResizeOrder = parsed.GetValue(ResizeOrder)!,
            Restored = parsed.GetValue(Restored)!,
            Ports = [.. (parsed.GetValue(Port) ?? []).Select(ParsePort)],
            EventIndex = parsed.GetValue(EventIndex) == "on",
            IndirectDescriptors = parsed.GetValue(Indirect) == "on",
            PackedRing = parsed.GetValue(Packed) == "on",
            AccessPlatform = parsed.GetValue(AccessPlatform) == "on",
            OrderPlatform = parsed.GetValue(OrderPlatform) == "on",
            Wait = parsed.GetValue(Wait)!,
            PollBudgetUs = parsed.GetValue(PollBudgetUs),
            Cpu = parsed.GetValue(Cpu),
            CoalesceBuffers = parsed.GetValue(CoalesceBuffers),
            CoalesceUs = parsed.GetValue(CoalesceUs),
            LookUs = parsed.GetValue(LookUs),
            MemorySeals = parsed.GetValue(MemorySeals)!,
        };
    }

    private static Option<string> Switch(string name, string description, string usual = "on")
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => usual };
        return option.AcceptOnlyFromAmong("on", "off");
    }

    private static int? Number(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        string text = result.Tokens[0].Value;
        string expected = text.AsSpan().TrimStart('-').ContainsAnyExceptInRange('0', '9') ? "a number" : $"a number up to {int.MaxValue}";
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} {text}: expected {expected}");
        return null;
    }

    private static PortConfig ParsePort(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new PortConfig { Name = text[..equals], Backend = text[(equals + 1)..] }
            : throw new UsageException($"--port {text}: expected NAME=BACKEND, for example org.example.0=unix:/run/example.sock");
    }
}
