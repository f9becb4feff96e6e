using FastRing.Console.Endpoints;
using FastRing.Workers;

namespace FastRing.Console.Tests;

public sealed class ConsoleOptionsTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(511, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(512, false)]
    public void A_device_has_1_to_511_ports(int maxPorts, bool isValid) =>
        Assert.Equal(isValid, new ConsoleOptions { MaxPorts = maxPorts }.WhyInvalid() is null);

    [Fact]
    public void Port_0_is_kept_for_a_console()
    {
        Assert.NotNull(Options(1, Port("a")).WhyInvalid());
        Assert.Null(Options(2, Port("a")).WhyInvalid());
        Assert.Null(Options(1, Console("")).WhyInvalid());
        Assert.Null(Options(2, Console(""), Port("a")).WhyInvalid());
        Assert.NotNull(Options(2, Port("a"), Port("b")).WhyInvalid());
        Assert.NotNull(Options(2, Console(""), Console(""), Port("a")).WhyInvalid());
    }

    [Fact]
    public void Names_are_unique_but_for_consoles_without_one()
    {
        Assert.Contains("'a'", Options(9, Port("a"), Port("b"), Port("a")).WhyInvalid(), StringComparison.Ordinal);
        Assert.Contains("'a'", Options(9, Console("a"), Port("a")).WhyInvalid(), StringComparison.Ordinal);
        Assert.Null(Options(9, Console(""), Console("")).WhyInvalid());
    }

    [Fact]
    public void Only_a_console_may_go_without_a_name()
    {
        Assert.NotNull(Options(9, Port("")).WhyInvalid());
        Assert.Null(Options(9, Console("")).WhyInvalid());
        Assert.NotNull(Options(9, Console("a/b")).WhyInvalid());
    }

    [Fact]
    public void The_first_console_is_port_0_and_the_others_follow_in_order()
    {
        using var console = new TestConsole(Port("a"), Console("c"), Port("b"), Console("d"));

        Assert.Equal(["c", "a", "b", "d", ""], console.Device.Ports.Select(p => p.Name));
        Assert.Equal([0, 1, 2, 3, 4], console.Device.Ports.Select(p => p.Id));
        Assert.Equal([true, false, false, true, false], console.Device.Ports.Select(p => p.IsConsole));
    }

    [Fact]
    public void A_device_of_invalid_options_is_not_made()
    {
        using var worker = new Worker("options", static _ => { });

        Assert.Throws<ArgumentException>(() => new ConsoleDevice(worker, Options(1, Port("a"))));
    }

    private static ConsoleOptions Options(int maxPorts, params PortOptions[] ports) => new() { MaxPorts = maxPorts, Ports = ports };

    private static PortOptions Port(string name) => new(name, new NullEndpoint());

    private static PortOptions Console(string name) => new(name, new NullEndpoint(), IsConsole: true);
}
