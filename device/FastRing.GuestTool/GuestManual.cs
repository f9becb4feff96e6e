using FastRing.Manual;

namespace FastRing.GuestTool;

/// <summary>What the manual page of <c>fastring-guest</c> says beside its commands.</summary>
internal static class GuestManual
{
    public static ManualText Text { get; } = new(
        "fastring-guest",
        "named channels between this virtual machine and its host",
        [
            "Named channels between this virtual machine and its host (virtio console ports): finds a port by its name, waits for it, and lives through its removal.",
            "A port has one reader and one writer at the host's end. While nobody is there, what is sent waits, and there is nothing to receive.",
        ])
    {
        ExitCodes = ExitCode.Meanings,
        Files =
        [
            ("/dev/virtio-ports/NAME", "A port, as udev names it."),
            ("/sys/class/virtio-ports", "All ports, which is where they are looked for without udev."),
            ("/usr/local/lib/fastring/NAME", "The program that fastring-agent@NAME.service runs for the port."),
        ],
        Examples =
        [
            ("fastring-guest list", "The ports there are:"),
            ("fastring-guest run org.example.agent.0 -- /usr/local/lib/my-agent", "A program for each client at the host's end, with the port as its standard input and output:"),
        ],
        SeeAlso = ["fastring(1)", "udev(7)", "systemd.service(5)"],
    };
}
