using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Tests.Client;

public sealed class PortFinderTests
{
    [Theory]
    [InlineData("org.example.a", "vm0", 1)]
    [InlineData("console", "vm0", 0)]
    [InlineData("vm0/console", "vm0", 0)]
    [InlineData("vm0/2", "vm0", 2)]
    [InlineData("vm0/shared", "vm0", 2)]
    [InlineData("/tmp/vm1.sock/shared", "/tmp/vm1.sock", 1)]
    [InlineData("9", "/tmp/vm1.sock", 3)]
    [InlineData("0", "vm0", 0)]
    public void A_port_is_found_by_its_name_or_number_with_or_without_its_guest(string text, string guest, int id)
    {
        PortState found = PortFinder.Find(Examples.Two(), text);
        Assert.Equal((guest, id), (found.Guest, found.Id));
    }

    [Fact]
    public void A_name_in_two_guests_is_an_error_that_lists_them()
    {
        UsageException e = Assert.Throws<UsageException>(() => PortFinder.Find(Examples.Two(), "shared"));
        Assert.Contains("vm0/shared, /tmp/vm1.sock/shared", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "no guest has a port 'nothing'")]
    [InlineData("vm0/nothing", "guest 'vm0' has no port 'nothing'")]
    [InlineData("vm7/shared", "there is no guest 'vm7'; there is vm0, /tmp/vm1.sock")]
    [InlineData("-1", "no guest has a port '-1'")]
    [InlineData("", "no guest has a port ''")]
    [InlineData("vm0/", "guest 'vm0' has no port ''")]
    public void What_is_not_there_is_named(string text, string expected)
    {
        ApiException e = Assert.Throws<ApiException>(() => PortFinder.Find(Examples.Two(), text));
        Assert.Equal(ExitCode.NotFound, e.ExitCode);
        Assert.Equal(expected, e.Message);
    }

    [Fact]
    public void A_guest_may_be_left_out_when_there_is_only_one()
    {
        Assert.Equal("vm0", PortFinder.FindGuest([Examples.Guest("vm0")], null).Name);
        Assert.Contains("vm0, /tmp/vm1.sock", Assert.Throws<UsageException>(() => PortFinder.FindGuest(Examples.Two(), null)).Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, Assert.Throws<ApiException>(() => PortFinder.FindGuest([], null)).ExitCode);
    }

    [Theory]
    [InlineData("org.example/x y", "/v1/guests/vm0/ports/org.example%2Fx%20y")]
    [InlineData("..", "/v1/guests/vm0/ports/5")]
    [InlineData("", "/v1/guests/vm0/ports/console")]
    public void A_ports_path_has_its_name_escaped_and_its_number_where_a_path_cannot_have_the_name(string name, string path) =>
        Assert.Equal(path, ApiRoutes.Port(Examples.Port("vm0", name, 5)));

    [Fact]
    public void Names_that_several_guests_have_are_completed_with_their_guests_only() => Assert.Equal(
        ["console", "org.example.a", "9", "vm0/console", "vm0/org.example.a", "vm0/shared", "/tmp/vm1.sock/shared", "/tmp/vm1.sock/9"],
        Completions.Ports(Examples.Two()));
}
