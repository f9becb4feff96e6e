using FastRing.Host.Keeping;
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Manual;

namespace FastRing.Host;

/// <summary>What the manual page of <c>fastring</c> says beside its commands.</summary>
internal static class HostManual
{
    public static ManualText Text { get; } = new(
        "fastring",
        "named byte channels between virtual machines and their host",
        [
            "Named byte channels between virtual machines and their host: a multiport virtio-console device over vhost-user.",
            "The daemon, fastring serve, gives each guest a set of named ports and a console, each on a unix socket, TCP, a terminal, a file, a hub of many observers, or another guest's port. "
                + "The other commands ask a running daemon over its management API, but for demo, doctor, show, replay, completion and man, which need none, and those that take a PID, which look into that process.",
        ])
    {
        ExitCodes = ExitCode.Meanings,
        Environment =
        [
            (ApiPath.Variable, "Where the daemon's management API is, for serve --api without a path and for all commands that ask it."),
            (KeeperPath.Variable, "Where the keeper's socket is, for serve --keep without a path and for upgrade."),
            ("XDG_RUNTIME_DIR", "Its folder fastring has both sockets when the variables above say nothing and the user is not root."),
            ("XDG_CACHE_HOME", "Its folder fastring keeps the files of the demo's guest. Without it: ~/.cache."),
            (DaemonSandbox.Diagnostics, "0 takes the runtime's diagnostics socket away from a daemon whatever serve --diagnostics says, 1 gives it back with all it can do."),
            (DaemonSandbox.TraceInterval, "Milliseconds between two looks of a trace at all stacks of a daemon, hexadecimal. Without it: A, and 1 with --sandbox off."),
            ("OTEL_METRIC_EXPORT_INTERVAL", "Milliseconds between two reports of serve --otlp. It and the other variables of OpenTelemetry's exporters mean what its specification says."),
            ("NOTIFY_SOCKET, WATCHDOG_USEC", "serve tells systemd(1) that it is ready, and that it is alive."),
        ],
        Files =
        [
            ("/run/fastring/api.sock", "The management API of a daemon that root has started."),
            ("/run/fastring/keeper.sock", "The socket of its keeper."),
            ("/etc/fastring/guests.json", "The configuration that fastring.service serves; /etc/fastring/NAME.json is that of fastring@NAME.service."),
            ("~/.cache/fastring", "The files of the demo's guest."),
        ],
        Examples =
        [
            ("fastring demo --install", "Boots a Linux kernel on the device, installing what that takes with apt-get, and shows what it saw:"),
            ("fastring serve --socket-path /run/vm0.sock --api --port org.qemu.guest_agent.0=agent --console unix:/run/vm0-console.sock", "A guest with an agent and a console, for a VMM that connects to /run/vm0.sock:"),
            ("fastring serve --config /etc/fastring/guests.json --api --keep", "All guests of a file, in a process that is replaced when it dies:"),
            ("fastring list", "Guests, their ports, and what each waits for:"),
            ("fastring attach vm0/console", "This terminal is the console; ^] leaves:"),
            ("fastring add vm0 org.example.1=hub:/run/vm0-log.sock", "A port more, while the guest runs:"),
            ("fastring agent vm0 exec -- uname -a", "A program in the guest:"),
            ("fastring doctor --config /etc/fastring/guests.json", "What is slow or fragile about this machine:"),
        ],
        SeeAlso = ["fastring-guest(1)", "qemu-ga(8)", "systemd.service(5)"],
    };
}
