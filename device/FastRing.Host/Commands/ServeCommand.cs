using System.CommandLine;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary><c>fastring serve</c>: the daemon.</summary>
internal static class ServeCommand
{
    private static readonly Option<string> SocketPath = new("--socket-path") { Description = "Listen for the VMM on this unix socket.", HelpName = "PATH" };
    private static readonly Option<int?> Fd = new("--fd") { Description = "Serve this inherited socket instead, listening or connected.", HelpName = "N" };
    private static readonly Option<int?> MaxPorts = new("--max-ports") { Description = "Ports the guest makes room for, 1 to 511; port 0 is the console's. Default 31. The VMM needs 2*(N+1) queues.", HelpName = "N" };
    private static readonly Option<string[]> Port = new("--port")
    {
        Description = "A named port, repeatable. BACKEND: unix:PATH (listen), connect:PATH, file:PATH, stdio, echo, null.",
        HelpName = "NAME=BACKEND",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Console = new("--console") { Description = "Make port 0 a console (hvc0) on this backend.", HelpName = "BACKEND" };
    private static readonly Option<FileInfo> Config = new("--config") { Description = "Serve the guests this JSON file describes.", HelpName = "FILE" };
    private static readonly Option<Switch> EventIndex = new("--event-idx") { Description = "Offer VIRTIO_F_EVENT_IDX: on (default) or off.", DefaultValueFactory = _ => Switch.On };
    private static readonly Option<Switch> Indirect = new("--indirect") { Description = "Offer VIRTIO_F_INDIRECT_DESC: on (default) or off.", DefaultValueFactory = _ => Switch.On };
    private static readonly Option<bool> PrintCapabilities = Capabilities.Option();

    private enum Switch
    {
        Off,
        On,
    }

    public static Command Create()
    {
        var command = new Command("serve", "Serve named ports to guests until SIGTERM or SIGINT.")
        {
            SocketPath, Fd, MaxPorts, Port, Console, Config, EventIndex, Indirect, PrintCapabilities,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(PrintCapabilities))
        {
            Capabilities.Print();
            return 0;
        }

        await Daemon.RunAsync(Guests(parsed), cancellation);
        return 0;
    }

    private static IReadOnlyList<GuestConfig> Guests(ParseResult parsed)
    {
        if (parsed.GetValue(Config) is not { } file)
        {
            return [FromOptions(parsed)];
        }

        Option[] others = [SocketPath, Fd, MaxPorts, Port, Console];
        Option? conflict = others.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        return conflict is null
            ? ConfigFile.Read(file.FullName)
            : throw new UsageException($"{conflict.Name} and --config exclude each other: the file describes every guest");
    }

    private static GuestConfig FromOptions(ParseResult parsed)
    {
        string? path = parsed.GetValue(SocketPath);
        int? fd = parsed.GetValue(Fd);
        if (path is null == fd is null)
        {
            throw new UsageException("say one of --socket-path PATH, --fd N and --config FILE");
        }

        return new GuestConfig
        {
            SocketPath = path,
            Fd = fd,
            MaxPorts = parsed.GetValue(MaxPorts) ?? GuestConfig.DefaultMaxPorts,
            Console = parsed.GetValue(Console),
            Ports = [.. (parsed.GetValue(Port) ?? []).Select(ParsePort)],
            EventIndex = parsed.GetValue(EventIndex) == Switch.On,
            IndirectDescriptors = parsed.GetValue(Indirect) == Switch.On,
        };
    }

    private static PortConfig ParsePort(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? new PortConfig { Name = text[..equals], Backend = text[(equals + 1)..] }
            : throw new UsageException($"--port {text}: expected NAME=BACKEND, for example org.example.0=unix:/run/example.sock");
    }
}
