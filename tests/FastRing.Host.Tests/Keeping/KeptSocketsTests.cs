using FastRing.Host.Keeping;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

namespace FastRing.Host.Tests.Keeping;

public sealed class KeptSocketsTests
{
    [Theory]
    [InlineData("/run/vms/other.sock", true)]
    [InlineData("/run/vms/../vms/other.sock", true)]
    [InlineData("/srv/sockets/a.sock", true)]
    [InlineData("/srv/sockets/below/a.sock", false)]
    [InlineData("/run/vms/../a.sock", false)]
    [InlineData("/run/a.sock", false)]
    [InlineData("/home/user/.ssh/agent", false)]
    public void A_worker_may_ask_for_sockets_beside_those_of_the_configuration(string path, bool isAllowed)
    {
        foreach (string mode in (string[])["on", "strict"])
        {
            Assert.Equal(isAllowed, IsAllowed(mode, new KeptSocket("vm0", path, null)));
        }

        Assert.True(IsAllowed("off", new KeptSocket("vm0", path, null)));
    }

    [Fact]
    public void Of_descriptors_it_may_ask_for_those_of_the_configuration()
    {
        Assert.True(IsAllowed("on", new KeptSocket("vm1", null, 1_000_000)));
        Assert.False(IsAllowed("off", new KeptSocket("vm1", null, 0)));
        Assert.False(IsAllowed("off", new KeptSocket("vm1", null, null)));
    }

    [Theory]
    [InlineData("/run/vms/vm0.sock", true)]
    [InlineData("/run/vms/vm1.sock", false)]
    [InlineData("/run/vms/../vms/vm0.sock", false)]
    public void The_worker_of_one_guest_may_ask_for_its_socket_alone(string path, bool isAllowed)
    {
        foreach (string mode in (string[])["off", "strict"])
        {
            var share = new DaemonConfig([new GuestConfig { Name = "vm0", SocketPath = "/run/vms/vm0.sock" }], null, new SandboxConfig { Mode = mode }, null) { IsIsolated = true };
            Assert.Equal(isAllowed, IsAllowed(share, new KeptSocket("vm0", path, null)));
            Assert.Equal(1, new KeptSockets(share).Most);
        }
    }

    private static bool IsAllowed(string mode, KeptSocket socket)
    {
        var config = new DaemonConfig(
            [new GuestConfig { SocketPath = "/run/vms/vm0.sock" }, new GuestConfig { Name = "vm1", Fd = 1_000_000 }], null, new SandboxConfig { Mode = mode, Folders = ["/srv/sockets"] }, null);
        return IsAllowed(config, socket);
    }

    private static bool IsAllowed(DaemonConfig config, KeptSocket socket)
    {
        try
        {
            new KeptSockets(config).ThrowIfForbidden(socket);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
