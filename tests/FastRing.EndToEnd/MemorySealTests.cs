using FastRing.Host.Serving;
using FastRing.VhostUser.Backend;

namespace FastRing.EndToEnd;

/// <summary>A Linux guest whose memory is a file without a name, which takes no seals: user-mode Linux. QEMU's does, and <see cref="QemuRig"/> requires it.</summary>
public sealed class MemorySealTests
{
    private static readonly GuestConfig Echo = new() { Ports = [new PortConfig { Name = "echo", Backend = "echo" }] };

    [Fact]
    public async Task It_is_served_where_seals_are_only_added()
    {
        await using GuestRig rig = await GuestRig.StartAsync(Echo with { MemorySeals = "add" });
        await rig.AssertEchoesAsync("echo", 4096);
    }

    [Fact]
    public async Task It_gets_no_ports_where_they_are_required_and_boots_all_the_same()
    {
        await using GuestRig rig = await GuestRig.ServeAsync(Echo with { MemorySeals = "require" });
        await rig.BootAsync(options => options with { WaitPorts = [] });
        Assert.NotEqual(0UL, rig.Served.Backend.Counters.Rejected(RejectionReason.Refused));
        Assert.Equal("none", await rig.RunAsync($"[ -e {GuestRig.Links}/echo ] || echo none"));
    }
}
