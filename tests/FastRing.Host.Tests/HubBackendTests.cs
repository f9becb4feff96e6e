using FastRing.Console.Endpoints.Bridges;
using FastRing.Host.Serving;

namespace FastRing.Host.Tests;

/// <summary>The backends hub, passfd, resume, ring and bridge as a user writes them.</summary>
public sealed class HubBackendTests
{
    [Theory]
    [InlineData("hub:/x")]
    [InlineData("hub:/x,scrollback=0,observers=1,buffer=4K,writer=none,patience-ms=0,mode=0660,allow-uid=1000")]
    [InlineData("hub:/x,writer=first")]
    [InlineData("passfd:/x,allow-gid=100")]
    [InlineData("resume:/x")]
    [InlineData("resume:/x,resume-seconds=1,mode=0660,allow-uid=1000,allow-gid=44")]
    [InlineData("resume:@x,allow-uid=1000,resume-seconds=86400")]
    [InlineData("ring")]
    [InlineData("ring:1")]
    [InlineData("ring:1G")]
    [InlineData("bridge:wire")]
    public void What_is_right_is_accepted(string text) => Assert.Equal(text, Backend.Parse(text).ToString());

    [Theory]
    [InlineData("hub:", "hub:PATH")]
    [InlineData("hub:/x,writer=last", "first or none")]
    [InlineData("hub:/x,observers=0", "from 1 to")]
    [InlineData("hub:/x,patience-ms=60001", "from 0 to")]
    [InlineData("hub:/x,buffer=4095", "4096 bytes or more")]
    [InlineData("hub:/x,buffer=257M", "256M or less")]
    [InlineData("hub:/x,scrollback=257M", "256M or less")]
    [InlineData("hub:@x", "no permissions")]
    [InlineData("passfd", "passfd:PATH")]
    [InlineData("resume", "resume:PATH")]
    [InlineData("resume:@x", "no permissions")]
    [InlineData("resume:/x,resume-seconds=0", "from 1 to 86400")]
    [InlineData("resume:/x,resume-seconds=86401", "from 1 to 86400")]
    [InlineData("resume:/x,send-buffer=1K", "no option 'send-buffer'")]
    [InlineData("ring:0", "1 bytes or more")]
    [InlineData("ring:", "a size")]
    [InlineData("ring:1025M", "1G or less")]
    [InlineData("bridge", "bridge:NAME")]
    [InlineData("bridge:a,buffer=1", "no options")]
    public void What_is_wrong_is_refused_with_the_reason(string text, string why) =>
        Assert.Contains(why, Assert.Throws<UsageException>(() => Backend.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_console_can_not_be_resumed()
    {
        GuestConfig[] guests = [new() { Name = "vm0", SocketPath = "/x", Console = "resume:/y" }];

        ConfigProblem problem = Assert.Single(ConfigCheck.Of(guests));

        Assert.Equal("guests[0].console", problem.Place);
        Assert.Contains("a console's guest does not wait, which resume needs", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Three_ports_on_one_bridge_are_refused_by_name_before_anything_is_opened()
    {
        GuestConfig[] guests =
        [
            new() { Name = "vm0", SocketPath = "/x", Console = "bridge:wire", Ports = [new PortConfig { Name = "a", Backend = "bridge:wire" }] },
            new() { Name = "vm1", SocketPath = "/y", Ports = [new PortConfig { Name = "b", Backend = "bridge:wire" }, new PortConfig { Name = "c", Backend = "bridge:other" }] },
        ];

        ConfigProblem problem = Assert.Single(ConfigCheck.Of(guests));

        Assert.Equal("guests[1].ports[0].backend", problem.Place);
        Assert.Equal("bridge 'wire' joins two ports, not port '' of vm0 and port 'a' of vm0 and port 'b' of vm1", problem.Message);
        Assert.Empty(ConfigCheck.Of([guests[1]]));
    }

    [Fact]
    public void A_bridges_name_is_free_again_when_nobody_is_on_it()
    {
        const string Name = "HubBackendTests";
        using BridgeEndpoint first = BridgeTable.Join(Name);
        BridgeEndpoint second = BridgeTable.Join(Name);
        ArgumentException crowded = Assert.Throws<ArgumentException>(() => BridgeTable.Join(Name));
        Assert.Contains($"bridge '{Name}' joins two ports already", crowded.Message, StringComparison.Ordinal);

        second.Dispose();

        BridgeTable.Join(Name).Dispose();
    }
}
