using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>The systemd unit under a real systemd: a Linux guest whose root is this machine's, read-only, and whose init is its systemd.</summary>
public sealed class GuestSystemdTests
{
    private const string Channel = "org.example.agent.0";
    private const string Service = $"fastring-agent@{Channel}.service";

    /// <summary>A machine's whole systemd starts many processes, which user-mode Linux is slow at.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static string Files => Path.Combine(Programs.Checkout(), "device/FastRing.Guest/linux");

    [Fact]
    public async Task The_service_serves_the_channel_as_nobody_and_comes_and_goes_with_it()
    {
        await using GuestRig rig = await StartAsync();
        await rig.RunAsync($"systemctl enable --runtime {Service}");

        for (int i = 0; i < 2; i++)
        {
            Port port = await rig.Device.AddPortAsync(new PortOptions(Channel, new UnixListenEndpoint(rig[$"agent-{i}.sock"])));
            using var client = await HostClients.ConnectAsync(rig[$"agent-{i}.sock"]);
            using var reader = new StreamReader(client);
            await client.WriteAsync("hello\n"u8.ToArray());

            string user = (await reader.ReadLineAsync().WaitAsync(Patience))!;
            Assert.InRange(int.Parse(user, System.Globalization.CultureInfo.InvariantCulture), 61184, 65519); // systemd's dynamic users
            Assert.Equal("hello", await reader.ReadLineAsync().WaitAsync(Patience));
            Assert.Equal("active", await rig.RunAsync($"systemctl is-active {Service}"));

            await rig.Device.RemovePortAsync(port);
            await rig.WaitAsync($"\"$(systemctl is-active {Service})\" = inactive");
        }
    }

    private static async Task<GuestRig> StartAsync()
    {
        string programs = await GuestPrograms.Published;
        string root = (await GuestImage.Root).Folder;
        GuestRig rig = await GuestRig.ServeAsync(new GuestConfig { MaxPorts = 2 });
        try
        {
            string init = rig["init"];
            await File.WriteAllTextAsync(init, Init(root, programs));
            File.SetUnixFileMode(init, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            await rig.BootAsync(
                o => o with { MemoryMiB = 256, KernelArguments = ["hostfs=/", $"init={init}", "fstab=no", "systemd.show_status=no"] }, Patience);
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    // The guest's own files lie over this machine's; the rig's shell is a service; what a machine does at its start and this guest has no use for is left out.
    private static string Init(string root, string programs) =>
        $"""
        #!/bin/sh
        export PATH=/usr/sbin:/usr/bin:/sbin:/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t tmpfs tmpfs /run
        {root}/bin/busybox insmod {root}/lib/virtio_console.ko
        (cat /etc/group; echo fastring:x:4711:) >/run/group
        mount --bind /run/group /etc/group
        mount -t tmpfs tmpfs /usr/local/bin
        mount -t tmpfs tmpfs /usr/local/lib
        mkdir -p /usr/local/lib/fastring /run/systemd/system /run/udev/rules.d
        cp {programs}/fastring-guest /usr/local/bin/
        printf '#!/bin/sh\nid -u\nexec cat\n' >/usr/local/lib/fastring/{Channel}
        chmod 755 /usr/local/lib/fastring/{Channel}
        cp {Files}/60-fastring.rules /run/udev/rules.d/
        cp {Files}/fastring-agent@.service /run/systemd/system/
        cp {root}/bin/busybox {root}/sbin/console /run/
        for unit in modprobe@ lvm2-monitor blk-availability systemd-journal-flush systemd-sysctl systemd-remount-fs systemd-modules-load \
          systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-random-seed systemd-update-utmp systemd-udev-trigger apparmor; do
          ln -s /dev/null /run/systemd/system/$unit.service
        done
        cat >/run/systemd/system/console.service <<'END'
        [Unit]
        DefaultDependencies=no
        [Service]
        ExecStart=/run/busybox sh /run/console
        Environment=PATH=/usr/sbin:/usr/bin:/sbin:/bin
        StandardInput=tty-force
        StandardOutput=tty
        TTYPath=/dev/tty0
        END
        cat >/run/systemd/system/fastring.target <<'END'
        [Unit]
        Wants=console.service basic.target
        AllowIsolate=yes
        END
        mount -t tmpfs tmpfs /tmp
        mount -t tmpfs tmpfs /var/tmp
        exec /lib/systemd/systemd --unit=fastring.target

        """;
}
