using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Guests;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.EndToEnd;

/// <summary>A Linux guest whose driver does not accept VERSION_1, because nobody offers it.</summary>
public sealed class LegacyTests
{
    [Fact]
    public async Task A_legacy_driver_finds_its_ports_by_name_and_a_mebibyte_comes_back_as_it_was()
    {
        using var folder = new TemporaryFolder();
        using var worker = new Worker("legacy", _ => { });
        using var console = new ConsoleDevice(worker, new ConsoleOptions { MaxPorts = 3, Ports = [new("first", new NullEndpoint()), new("echo", new EchoEndpoint())] });
        await console.StartAsync();
        var legacy = new LegacyDevice(console);
        using var backend = new VhostUserBackend(worker, legacy, UnixSocket.Listen(folder["vhost.sock"]), "legacy");
        backend.Start();
        await using UmlGuest guest = UmlGuest.Start(
            await GuestImage.Root, new UmlGuestOptions { DeviceSockets = [folder["vhost.sock"]], WaitPorts = ["first", "echo"], RunAgent = false, LoggedInUser = null });
        await guest.WaitReadyAsync(GuestRig.Patience);

        CommandResult features = await guest.RunAsync("cut -c 33 /sys/bus/virtio/devices/virtio0/features", GuestRig.Patience);
        CommandResult echo = await guest.RunAsync(
            $"""
            dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null
            exec 3<>{GuestRig.Links}/echo
            dd of=/tmp/received bs=64k count=16 iflag=fullblock <&3 2>/dev/null &
            dd if=/tmp/sent bs=4k >&3 2>/dev/null
            wait
            cmp /tmp/sent /tmp/received
            """,
            GuestRig.Patience);

        Assert.Equal("0", features.Output.TrimEnd());
        Assert.Equal((0, ""), (echo.ExitCode, echo.Output));
        Assert.NotEqual(0UL, legacy.Negotiated);
        Assert.Equal(0UL, backend.Counters.BrokenQueues);
    }
}
