using FastRing.Host.Guests;

namespace FastRing.EndToEnd;

/// <summary>The example of a device that others write: the real program, and Linux's own driver.</summary>
public sealed class VsockTests
{
    private const string Host = "/tmp/host";

    [Fact]
    public async Task Programs_of_a_Linux_guest_get_back_what_they_write_to_a_socket_of_the_host()
    {
        using var folder = new TemporaryFolder();
        using Daemon device = await Daemon.StartAsync([folder["vsock.sock"], "3"], Programs.VsockEcho);
        await using UmlGuest guest = UmlGuest.Start(
            await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [folder["vsock.sock"]], DeviceId = 19, RunAgent = false, LoggedInUser = null });
        await guest.WaitReadyAsync(GuestRig.Patience);

        // The host's own socat: busybox has nothing that speaks vsock.
        await RunAsync(guest, $"mkdir {Host} && mount -t hostfs -o ro,/../../../../../../../../../.. none {Host}");
        await RunAsync(guest, $"cd {Host}/usr/lib/uml/modules/*/kernel/net/vmw_vsock; for part in vsock vmw_vsock_virtio_transport_common vmw_vsock_virtio_transport; do insmod $part.ko || exit 1; done");
        await RunAsync(
            guest,
            $$"""
            dd if=/dev/urandom of=/tmp/sent bs=64k count=8 2>/dev/null
            for port in 7 8 9; do chroot {{Host}} socat -t 60 - VSOCK-CONNECT:2:$port </tmp/sent >/tmp/got-$port & done; wait
            for port in 7 8 9; do cmp /tmp/sent /tmp/got-$port || exit 1; done
            """);
        await RunAsync(guest, $"rmmod vmw_vsock_virtio_transport && insmod {Host}/usr/lib/uml/modules/*/kernel/net/vmw_vsock/vmw_vsock_virtio_transport.ko");
        Assert.Equal("again", await RunAsync(guest, $"echo again | chroot {Host} socat -t 60 - VSOCK-CONNECT:2:7"));
    }

    private static async Task<string> RunAsync(UmlGuest guest, string command)
    {
        CommandResult result = await guest.RunAsync(command, GuestRig.Patience);
        Assert.True(result.ExitCode == 0, $"'{command}' ended with {result.ExitCode}: {result.Output}\n{guest.ConsoleText}");
        return result.Output.TrimEnd('\n');
    }
}
