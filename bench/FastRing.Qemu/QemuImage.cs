using System.Text;
using FastRing.Host.Guests;

namespace FastRing.Qemu;

/// <summary>The initial root of a guest: busybox, the drivers, and an init that ends in a shell on the first serial line.</summary>
internal static class QemuImage
{
    private static readonly string[] s_folders = ["bin", "dev", "lib", "proc", "root", "sys", "tmp"];

    // In the order they need each other.
    private static readonly string[] s_modules =
    [
        "virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_console",
        "failover", "net_failover", "virtio_net",
    ];

    // Ports get their links once: the guests of this image have what they are started with. The last lines are what GuestConsole talks to.
    private const string Init = """
        #!/bin/sh
        export PATH=/bin HOME=/root
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs dev /dev
        for module in MODULES; do [ -e /lib/$module.ko ] && insmod /lib/$module.ko; done
        mkdir -p /dev/virtio-ports
        link_ports() {
          for port in /sys/class/virtio-ports/*; do
            read -r name 2>/dev/null <"$port/name" && ln -sf "../${port##*/}" "/dev/virtio-ports/$name"
          done
        }
        IFS=,
        for name in $fastring_ports; do
          tries=0
          until link_ports; [ -e "/dev/virtio-ports/$name" ] || [ $((tries += 1)) -gt 500 ]; do usleep 10000; done
        done
        unset IFS
        if [ -e /sys/class/net/eth0 ]; then
          ip link set eth0 up
          ip addr add 10.0.2.15/24 dev eth0
        fi
        exec setsid -c /bin/console </dev/ttyS0 >/dev/ttyS0 2>&1

        """;

    private const string Console = """
        #!/bin/sh
        stty raw -echo isig
        trap : INT
        set -- /sys/bus/virtio/devices/*
        [ -e "$1" ] || set --
        printf '\036ready\037%d\036' $#
        set --
        . /dev/ttyS0
        poweroff -f

        """;

    /// <summary>Writes the archive.</summary>
    public static async Task WriteAsync(QemuPackages packages, string file)
    {
        CommandResult applets = await HostCommand.RunAsync(packages.Busybox, ["--list"]);
        using FileStream stream = File.Create(file);
        var archive = new CpioArchive(stream);
        Array.ForEach(s_folders, archive.AddFolder);
        archive.AddExecutable("bin/busybox", await File.ReadAllBytesAsync(packages.Busybox));
        foreach (string applet in applets.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(a => a != "busybox"))
        {
            archive.AddLink($"bin/{applet}", "busybox");
        }

        foreach (string module in s_modules.Where(packages.Modules.ContainsKey))
        {
            archive.AddExecutable($"lib/{module}.ko", await File.ReadAllBytesAsync(packages.Modules[module]));
        }

        archive.AddExecutable("init", Encoding.UTF8.GetBytes(Init.Replace("MODULES", string.Join(' ', s_modules), StringComparison.Ordinal)));
        archive.AddExecutable("bin/console", Encoding.UTF8.GetBytes(Console));
        archive.End();
    }
}
