using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests;

public sealed class ResizeTests
{
    private static readonly ConsoleSize Size = new(Columns: 132, Rows: 50);

    [Theory]
    [InlineData(ResizeOrder.RowsFirst, new byte[] { 50, 0, 132, 0 })]
    [InlineData(ResizeOrder.ColumnsFirst, new byte[] { 132, 0, 50, 0 })]
    public void A_consoles_size_is_told_when_it_is_ready_in_the_order_asked_for(ResizeOrder order, byte[] size)
    {
        using var console = new TestConsole(new ConsoleOptions { ResizeOrder = order, Ports = [Console() with { Size = Size }] });
        var control = new ControlDriver(console);

        control.Say(0, ControlEvent.PortReady);

        Assert.Equal(["ConsolePort 0 1", "Resize 0 1", "PortOpen 0 1"], control.Heard.Select(h => string.Join(' ', h.Split(' ').Take(3))));
        Assert.Equal([0, 0, 0, 0, 5, 0, 1, 0, .. size], control.Received[1]);
    }

    [Theory]
    [InlineData(ResizeOrder.RowsFirst)]
    [InlineData(ResizeOrder.ColumnsFirst)]
    public async Task A_driver_of_the_same_order_sees_every_new_size(ResizeOrder order)
    {
        using var console = new TestConsole(new ConsoleOptions { ResizeOrder = order, Ports = [Console(), new("two", new NullEndpoint(), true)] });
        ConsoleDriver driver = console.StartDriver(resizeOrder: order);
        DriverPort port = driver.FindPort("two")!;
        Assert.Null(port.Size);

        for (ushort i = 1; i < 20; i++)
        {
            await console.PortOf("two").ResizeAsync(new(i, (ushort)(i + 100)));
            console.Until(() => port.Size == new ConsoleSize(i, (ushort)(i + 100)), "size");
        }

        Assert.Equal(new ConsoleSize(19, 119), console.PortOf("two").Size);
        Assert.Null(driver.Ports.Single(p => p.Id == 0).Size);
    }

    [Fact]
    public async Task A_driver_that_is_not_listening_is_told_the_last_size_only()
    {
        using var console = new TestConsole(Console());
        var control = new ControlDriver(console, buffers: 2);
        control.Say(0, ControlEvent.PortReady);
        Assert.Equal(["ConsolePort 0 1", "PortOpen 0 1"], control.Heard);
        control.Forget();

        for (ushort i = 1; i <= 100; i++)
        {
            await console.Device.Ports[0].ResizeAsync(new(i, i));
        }

        control.Offer();
        control.Offer();
        byte[] only = Assert.Single(control.Received);
        Assert.Equal([100, 0, 100, 0], only[8..]);
    }

    [Fact]
    public async Task A_size_set_before_the_driver_is_there_is_told_when_the_port_is_ready()
    {
        using var console = new TestConsole(Console());
        await console.Device.Ports[0].ResizeAsync(Size);
        var control = new ControlDriver(console);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        Assert.Equal(["PortAdd 0 1"], control.Heard);

        control.Say(0, ControlEvent.PortReady);

        Assert.Equal([50, 0, 132, 0], control.Received[2][8..]);
    }

    [Fact]
    public async Task The_configuration_space_has_port_0s_size_and_a_change_is_announced()
    {
        using var console = new TestConsole(Console() with { Size = new ConsoleSize(80, 25) }, new PortOptions("two", new NullEndpoint(), true));
        Assert.NotEqual(0UL, console.Device.Features & ConsoleFeatures.Size);
        Assert.Equal([80, 0, 25, 0], Config(console)[..4]);

        await console.Device.Ports[0].ResizeAsync(Size);
        Assert.Equal([132, 0, 50, 0], Config(console)[..4]); // Always columns first.
        Assert.Equal(1, console.Transport.ConfigChanges);

        await console.PortOf("two").ResizeAsync(Size);
        Assert.Equal(1, console.Transport.ConfigChanges);
    }

    [Fact]
    public async Task A_device_that_was_told_no_size_says_so_and_may_be_told_one_later()
    {
        using var console = new TestConsole(Console());
        Assert.NotEqual(0UL, console.Device.Features & ConsoleFeatures.Size); // Linux ignores RESIZE where it is not offered.
        Assert.Equal([0, 0, 0, 0], Config(console)[..4]);

        await console.Device.Ports[0].ResizeAsync(Size);
        Assert.Equal([132, 0, 50, 0], Config(console)[..4]);
        Assert.Equal(1, console.Transport.ConfigChanges);
    }

    [Fact]
    public async Task Only_a_console_has_a_size()
    {
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        Port port = console.PortOf("a");

        await Assert.ThrowsAsync<InvalidOperationException>(() => port.ResizeAsync(Size));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(new PortOptions("b", new NullEndpoint()) { Size = Size }));
    }

    private static PortOptions Console() => new("", new NullEndpoint(), IsConsole: true);

    private static byte[] Config(TestConsole console)
    {
        var config = new byte[ConsoleConfig.SizeBytes];
        console.OnWorker(() => console.Device.ReadConfig(0, config));
        return config;
    }
}
