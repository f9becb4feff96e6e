using System.Net.Sockets;
using System.Security.Cryptography;

namespace FastRing.EndToEnd;

/// <summary>A Linux guest under QEMU, whose generic vhost-user device is FastRing's.</summary>
[Collection(nameof(Alone))]
public sealed class QemuTests
{
    private const int Bytes = 4 << 20;

    [Theory]
    [InlineData(QemuIommu.None)]
    [InlineData(QemuIommu.OnlyOffered)]
    [InlineData(QemuIommu.Intel)]
    public async Task A_guest_of_QEMU_finds_its_ports_by_name_and_a_mebibyte_comes_back_as_it_was(QemuIommu iommu)
    {
        await using QemuRig rig = await QemuRig.StartAsync(iommu);
        Assert.Equal(iommu == QemuIommu.None ? "0" : "1", await rig.RunAsync("cut -c 34 /sys/bus/virtio/devices/virtio0/features")); // VIRTIO_F_ACCESS_PLATFORM
        string translation = await rig.RunAsync("cat /sys/bus/virtio/devices/virtio0/../iommu_group/type 2>/dev/null || true");
        Assert.StartsWith(iommu == QemuIommu.Intel ? "DMA" : "", translation, StringComparison.Ordinal);
        string ports = await rig.RunAsync("ls -1 /dev/virtio-ports");
        Assert.Equal([QemuRig.EchoPort, QemuRig.StreamPort], ports.Split('\n', StringSplitOptions.TrimEntries));
        await EchoAsync(rig);
    }

    [Fact]
    public async Task By_vfio_user_a_guest_of_QEMU_has_a_serial_PCI_card_with_a_vector_for_each_queue_and_its_driver_may_begin_anew()
    {
        await using QemuRig rig = await QemuRig.StartCardAsync();
        string facts = await rig.RunAsync("cd -P /sys/bus/virtio/devices/virtio0/..; cat vendor device class; basename $(readlink driver); cat /sys/bus/virtio/devices/virtio0/device");
        Assert.Equal(["0x1af4", "0x1043", "0x078000", "virtio-pci", "0x0003"], Lines(facts));

        // Linux waits for nothing on the control queue that it sends on.
        string[] vectors = Lines(await rig.RunAsync("sed -n 's/.*PCI-MSI.*virtio0-//p' /proc/interrupts | sort"));
        Assert.Equal(["config", "control-i", "input", "input", "input", "input", "output", "output", "output", "output"], vectors);
        await EchoAsync(rig);

        await rig.RunAsync("cd /sys/bus/virtio/drivers/virtio_console; echo virtio0 >unbind; echo virtio0 >bind");
        await rig.RunAsync($"tries=0; until [ -e /dev/virtio-ports/{QemuRig.EchoPort} ] || [ $((tries += 1)) -gt 500 ]; do usleep 10000; done");
        await EchoAsync(rig);
        string[] counts = Lines(await rig.RunAsync("awk '/PCI-MSI.*virtio0-(in|out)put/ && $2 > 0' /proc/interrupts | sed 's/.*virtio0-//' | sort"));
        Assert.Equal(["input", "output"], counts); // Each came by the vector of the port's own queue.
    }

    [Theory]
    [InlineData(QemuIommu.None)]
    [InlineData(QemuIommu.Intel)]
    public async Task A_guest_that_QEMU_stops_and_continues_under_traffic_loses_no_byte_in_either_direction(QemuIommu iommu)
    {
        await using QemuRig rig = await QemuRig.StartAsync(iommu);
        await using QemuMonitor monitor = await QemuMonitor.ConnectAsync(rig.Guest.MonitorSocket);
        await using NetworkStream host = await rig.ConnectAsync();
        byte[] sent = RandomNumberGenerator.GetBytes(Bytes);
        Task<string> guest = rig.RunAsync($"dd bs=4k count={Bytes / 4096} iflag=fullblock 2>/dev/null <>/dev/virtio-ports/{QemuRig.StreamPort} >&0");
        Task writing = host.WriteAsync(sent).AsTask();
        byte[] received = new byte[Bytes];
        const int Pauses = 8;
        for (int i = 0; i < Pauses; i++)
        {
            await host.ReadExactlyAsync(received.AsMemory(i * (Bytes / Pauses), Bytes / Pauses)).AsTask().WaitAsync(GuestRig.Patience);
            await monitor.ExecuteAsync("stop");
            await monitor.ExecuteAsync("cont");
        }

        await writing.WaitAsync(GuestRig.Patience);
        await guest;
        Assert.True(sent.AsSpan().SequenceEqual(received), "what came back is not what was sent");
    }

    private static Task<string> EchoAsync(QemuRig rig) => rig.RunAsync(
        $"""
        exec 3<>/dev/virtio-ports/{QemuRig.EchoPort}
        dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null
        dd of=/tmp/received bs=64k count=16 iflag=fullblock <&3 2>/dev/null &
        dd if=/tmp/sent bs=4k >&3 2>/dev/null
        wait
        cmp /tmp/sent /tmp/received
        """);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
