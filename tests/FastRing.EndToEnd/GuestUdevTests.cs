using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>The udev rule, by Debian's own udev in a Linux guest, and the systemd unit.</summary>
public sealed class GuestUdevTests
{
    private const string Chosen = "org.example.agent.0";
    private const string Other = "com.example.other.0";
    private const int Group = 4711;

    /// <summary>Runs a program of this machine in the guest.</summary>
    private const string InHost = "/tmp/in-host";

    private static string Rules => Path.Combine(Programs.Checkout(), "device/FastRing.Guest/linux/60-fastring.rules");

    private static string Unit => Path.Combine(Programs.Checkout(), "device/FastRing.Guest/linux/fastring-agent@.service");

    [Fact]
    public async Task The_rule_gives_chosen_ports_to_the_group_and_links_all_of_them()
    {
        await using GuestRig rig = await StartAsync();
        await StartUdevAsync(rig);

        // Ports that are there, told again.
        await rig.RunAsync($"{InHost} /usr/bin/udevadm trigger --settle --subsystem-match=virtio-ports --action=change");
        Assert.Equal($"{Group} 660", await rig.RunAsync($"stat -L -c '%g %a' /dev/virtio-ports/{Chosen}"));
        Assert.Equal("0 600", await rig.RunAsync($"stat -L -c '%g %a' /dev/virtio-ports/{Other}"));

        // A port that comes, and goes.
        var port = await rig.Device.AddPortAsync(new PortOptions("org.example.late.0", new EchoEndpoint()));
        await rig.WaitAsync("-e /dev/virtio-ports/org.example.late.0");
        await rig.WaitAsync($"\"$(stat -L -c '%g %a' /dev/virtio-ports/org.example.late.0)\" = '{Group} 660'");
        await rig.Device.RemovePortAsync(port);
        await rig.WaitAsync("! -L /dev/virtio-ports/org.example.late.0");
    }

    [Fact]
    public async Task A_user_of_the_group_may_use_the_chosen_port_and_no_other()
    {
        await using GuestRig rig = await StartAsync();
        await StartUdevAsync(rig);
        await rig.RunAsync($"{InHost} /usr/bin/udevadm trigger --settle --subsystem-match=virtio-ports --action=change");
        await GuestPrograms.MountAsync(rig);

        string asUser = $"{InHost} /usr/bin/setpriv --reuid=1000 --regid=1000 --groups={Group}";
        string asOther = $"{InHost} /usr/bin/setpriv --reuid=1001 --regid=1001 --clear-groups";
        using var client = await HostClients.ConnectAsync(rig["chosen.sock"]);
        await rig.RunAsync($"mount --bind {GuestPrograms.Folder} /tmp/host/mnt");
        await rig.RunAsync($"echo hello | {asUser} /mnt/fastring-guest send {Chosen}");
        Assert.Equal("hello\n"u8.ToArray(), await client.ReadAsync(6));

        Assert.Equal("4", await rig.RunAsync($"{asUser} /mnt/fastring-guest receive {Other} 2>/dev/null; echo $?"));
        Assert.Equal("4", await rig.RunAsync($"{asOther} /mnt/fastring-guest receive {Chosen} 2>/dev/null; echo $?"));
    }

    /// <summary>The port's file comes as root's; the group may open it a little later. Who waits for it must not fail in between.</summary>
    [Fact]
    public async Task A_user_who_waits_for_a_port_gets_it_when_udev_has_set_its_permissions()
    {
        await using GuestRig rig = await StartAsync();
        await StartUdevAsync(rig);
        await GuestPrograms.MountAsync(rig);
        await rig.RunAsync($"mount --bind {GuestPrograms.Folder} /tmp/host/mnt");
        string run = $"{InHost} /usr/bin/setpriv --reuid=1000 --regid=1000 --groups={Group} /mnt/fastring-guest run org.example.late.0 -- /bin/cat";
        await rig.RunAsync($"{run} >/dev/null 2>&1 &");

        await rig.Device.AddPortAsync(new PortOptions("org.example.late.0", new UnixListenEndpoint(rig["late.sock"])));
        using var client = await HostClients.ConnectAsync(rig["late.sock"]);
        await client.WriteAsync("hello"u8.ToArray());

        Assert.Equal("hello"u8.ToArray(), await client.ReadAsync(5));
    }

    [Fact]
    public async Task The_unit_is_one_systemd_has_nothing_to_say_against()
    {
        using var folder = new TemporaryFolder();
        string tool = Path.Combine(await GuestPrograms.Published, "fastring-guest");
        string text = await File.ReadAllTextAsync(Unit);
        Assert.Contains("/usr/local/bin/fastring-guest", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["fastring-agent@.service"], text.Replace("/usr/local/bin/fastring-guest", tool, StringComparison.Ordinal));

        (int exit, string output, string error) = await Programs.TryRunAsync(
            "systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", folder[$"fastring-agent@{Chosen}.service"]]);

        Assert.Equal((0, "", ""), (exit, output, error));
    }

    private static Task<GuestRig> StartAsync() => GuestRig.StartAsync(new GuestConfig
    {
        MaxPorts = 4,
        Ports =
        [
            new PortConfig { Name = Chosen, Backend = "unix:FOLDER/chosen.sock" },
            new PortConfig { Name = Other, Backend = "null" },
        ],
    });

    /// <summary>
    /// Runs this machine's udev, with its own rules, in the guest: chrooted into this machine's files, read-only, with the guest's devices, the
    /// rule under test and a group of that name. What busybox' links are made by is switched off.
    /// </summary>
    private static async Task StartUdevAsync(GuestRig rig)
    {
        await rig.RunAsync("echo >/proc/sys/kernel/hotplug; rm -r /dev/virtio-ports");
        await GuestPrograms.MountAsync(rig, "/", "/tmp/host");
        await GuestPrograms.MountAsync(rig, Path.GetDirectoryName(Rules)!, "/tmp/rules");
        await rig.RunAsync(
            $$"""
            set -e
            for folder in proc sys dev run; do mount --bind /$folder /tmp/host/$folder; done
            (cat /tmp/host/etc/group; echo fastring:x:{{Group}}:) >/tmp/group
            mount --bind /tmp/group /tmp/host/etc/group
            mkdir -p /run/udev/rules.d
            cp /tmp/rules/60-fastring.rules /run/udev/rules.d/
            printf '#!/bin/sh\nSYSTEMD_IGNORE_CHROOT=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin exec chroot /tmp/host "$@"\n' >{{InHost}}
            chmod +x {{InHost}}
            {{InHost}} /lib/systemd/systemd-udevd --daemon
            """);
    }
}
