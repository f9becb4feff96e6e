using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Spec;

public sealed class ConsoleConfigTests
{
    [Fact]
    public void The_configuration_space_holds_the_number_of_ports_and_nothing_else()
    {
        using var console = new TestConsole(new ConsoleOptions { MaxPorts = 300, Ports = [new("a", new NullEndpoint())] });
        var config = new byte[12];
        config.AsSpan().Fill(0xee);

        console.Device.ReadConfig(0, config);

        Assert.Equal(12, console.Device.ConfigSize);
        Assert.Equal([0, 0, 0, 0, 0x2c, 0x01, 0, 0, 0, 0, 0, 0], config);
    }

    [Theory]
    [InlineData(4, 4, new byte[] { 31, 0, 0, 0 })]
    [InlineData(5, 1, new byte[] { 0 })]
    [InlineData(0, 8, new byte[] { 0, 0, 0, 0, 31, 0, 0, 0 })]
    [InlineData(12, 0, new byte[0])]
    public void A_part_of_it_can_be_read(int offset, int length, byte[] expected)
    {
        using var console = new TestConsole(new ConsoleOptions());
        var bytes = new byte[length];

        console.Device.ReadConfig(offset, bytes);

        Assert.Equal(expected, bytes);
    }

    [Fact]
    public void Writing_changes_nothing()
    {
        using var console = new TestConsole(new ConsoleOptions());
        var bytes = new byte[12];

        console.Device.WriteConfig(0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        console.Device.ReadConfig(0, bytes);

        Assert.Equal([0, 0, 0, 0, 31, 0, 0, 0, 0, 0, 0, 0], bytes);
    }
}
