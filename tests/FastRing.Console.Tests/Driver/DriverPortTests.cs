using FastRing.Console.Driver;
using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Driver;

/// <summary>Ports that come and go, as the driver sees them.</summary>
public sealed class DriverPortTests
{
    [Fact]
    public void A_port_that_goes_is_closed_and_does_nothing_any_more()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint), new PortOptions("b", new NullEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        DriverPort port = console.Open("a");
        console.OnWorker(() => endpoint.Supply("unread"u8));
        console.Settle();

        console.Remove(console.PortOf("a"));
        console.Until(() => port.IsRemoved, "removal");

        Assert.Null(driver.FindPort("a"));
        Assert.Equal((false, false), (port.IsOpen, port.IsHostOpen));
        Assert.Equal((0, 0), (port.TryRead(new byte[10]), port.TryWrite("x"u8)));
        ulong said = console.Device.Counters.ControlReceived;
        port.Open();
        port.Close();
        console.Settle();
        Assert.Equal(said, console.Device.Counters.ControlReceived);
        Assert.Equal("b", Assert.Single(driver.Ports).Name);
    }

    [Fact]
    public void The_next_port_of_that_number_is_another_and_uses_the_same_buffers()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        DriverPort first = console.Open("a");
        for (int i = 0; i < 100; i++)
        {
            console.Write(first, Pattern.Bytes(i, 5000));
            Pattern.AssertIs(console.Read(first, 2000), i); // The rest goes with the port.
            console.Remove(console.PortOf("a"));
            console.Add(new PortOptions("a", new EchoEndpoint()) { Id = 1 });
            console.Until(() => first.IsRemoved && driver.FindPort("a") is { IsHostOpen: true }, "the next port");

            DriverPort next = driver.FindPort("a")!;
            Assert.NotSame(first, next);
            Assert.Equal((1U, false), (next.Id, next.IsOpen));
            next.Open();
            first = next;
        }

        console.Write(first, Pattern.Bytes(0, 60_000));
        Pattern.AssertIs(console.Read(first, 60_000), 0);
    }

    [Fact]
    public void Everything_that_changes_is_told()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", new NullEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        var events = new List<string>();
        driver.PortChanged += (port, what) => events.Add($"{what} {port.Id} {port.Name} {port.IsConsole} {port.IsHostOpen} {port.Size?.Columns}".TrimEnd());

        console.Add(new PortOptions("c", endpoint, IsConsole: true) { Size = new ConsoleSize(80, 25) });
        console.Until(() => driver.FindPort("c") is { IsHostOpen: true }, "the console");
        console.Remove(console.PortOf("c"));
        console.Until(() => driver.FindPort("c") is null, "removal");

        Assert.Equal(
            [
                "PortAdd 0  False False",
                "ConsolePort 0  True False",
                "PortName 0 c True False",
                "Resize 0 c True False 80",
                "PortOpen 0 c True True 80",
                "PortRemove 0 c True False 80",
            ],
            events);
    }
}
