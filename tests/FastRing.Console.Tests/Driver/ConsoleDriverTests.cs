using System.Text;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Workers;

namespace FastRing.Console.Tests.Driver;

public sealed class ConsoleDriverTests
{
    [Fact]
    public void Ports_are_found_by_name()
    {
        using var console = new TestConsole(
            new PortOptions("con", new NullEndpoint(), IsConsole: true), new PortOptions("a", new NullEndpoint()));
        ConsoleDriver driver = console.StartDriver();

        Assert.Equal((0U, true), (driver.FindPort("con")!.Id, driver.FindPort("con")!.IsConsole));
        Assert.Equal((1U, false), (driver.FindPort("a")!.Id, driver.FindPort("a")!.IsConsole));
        Assert.Null(driver.FindPort("b"));
        Assert.Equal(2, driver.Ports.Count);
    }

    [Theory]
    [InlineData("org.example.0")]
    [InlineData("org.example.0\0")] // as QEMU has it
    public void A_name_means_the_same_to_the_driver_with_a_final_NUL_or_without(string name)
    {
        var faults = new List<Exception>();
        using var worker = new Worker("names", faults.Add);
        using var transport = new InProcessTransport(new NamingDevice(Encoding.ASCII.GetBytes(name)), worker, ~0UL, 16 << 20);
        using var driver = new ConsoleDriver(transport, maxPorts: 1);
        driver.Start();
        Eventually.Is(
            () =>
            {
                driver.Poll();
                return driver.Ports.Any(port => port.Name.Length > 0);
            },
            "a name");
        Assert.Equal("org.example.0", Assert.Single(driver.Ports).Name);
        Assert.Empty(faults);
    }

    [Fact]
    public void Five_hundred_ports_are_announced_with_32_control_buffers()
    {
        PortOptions[] ports = [.. Enumerable.Range(1, 500).Select(i => new PortOptions($"p{i}", new EchoEndpoint()))];
        using var console = new TestConsole(new ConsoleOptions { MaxPorts = 511, Ports = ports }, memoryBytes: 256 << 20);
        ConsoleDriver driver = console.StartDriver(new DriverBuffers(4, 64, 4, 64));

        console.Until(() => driver.Ports.All(p => p.IsHostOpen && p.Name == $"p{p.Id}"), "all named and open");
        DriverPort last = console.Open("p500");
        console.Write(last, Pattern.Bytes(0, 1000));
        Pattern.AssertIs(console.Read(last, 1000), 0);
    }

    [Fact]
    public void Nothing_is_written_to_a_port_the_host_has_closed()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        console.OnWorker(() => endpoint.SetOpen(false));
        DriverPort port = console.StartDriver().FindPort("a")!;
        port.Open();

        Assert.Equal(0, port.TryWrite("x"u8));
        console.OnWorker(() => endpoint.SetOpen(true));
        console.Until(() => port.IsHostOpen, "host open");
        Assert.Equal(1, port.TryWrite("x"u8));
    }

    [Fact]
    public void Wait_sleeps_until_something_happens_also_after_writing()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        ConsoleDriver driver = console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, "x"u8);
        console.Settle();

        // What is on its way counts once; a written buffer that came back must not count for ever.
        Eventually.Is(
            () =>
            {
                driver.Poll();
                return !driver.Wait(TimeSpan.Zero);
            },
            "nothing to do");

        console.OnWorker(() => endpoint.Supply("y"u8));
        Assert.True(driver.Wait(TimeSpan.FromSeconds(20)));
        Assert.Equal("y"u8.ToArray(), console.Read(port, 1));
    }

    [Fact]
    public void A_writer_that_found_no_buffer_hears_of_those_that_came_back_before_it_went_to_sleep()
    {
        var endpoint = new TestEndpoint { Room = 0 };
        using var console = new TestConsole(new PortOptions("a", endpoint));
        ConsoleDriver driver = console.StartDriver();
        DriverPort port = console.Open("a");
        while (port.TryWrite("x"u8) > 0)
        {
        }

        while (driver.Wait(TimeSpan.Zero))
        {
            driver.Poll();
        }

        Assert.Equal(0, port.TryWrite("x"u8));
        console.OnWorker(() =>
        {
            endpoint.Room = long.MaxValue;
            endpoint.Observer.OutputPossible();
        });
        Eventually.Is(() => console.PortOf("a").Counters.BytesToHost > 0, "all taken");
        console.Settle();
        Assert.True(driver.Wait(TimeSpan.FromSeconds(20))); // The notification.
        Assert.True(driver.Wait(TimeSpan.Zero)); // The buffers.
        Assert.Equal(1, port.TryWrite("x"u8));
    }

    [Fact]
    public void A_megabyte_goes_round_while_the_driver_only_sleeps_and_wakes()
    {
        using var console = new TestConsole(new PortOptions("a", new EchoEndpoint()));
        ConsoleDriver driver = console.StartDriver();
        DriverPort port = console.Open("a");
        int sent = 0;
        int back = 0;
        var bytes = new byte[10_000];
        while (back < 1 << 20)
        {
            int length = Math.Min(bytes.Length, (1 << 20) - sent);
            Pattern.Fill(bytes.AsSpan(0, length), sent);
            int written = port.TryWrite(bytes.AsSpan(0, length));
            sent += written;
            int read = port.TryRead(bytes);
            Pattern.AssertIs(bytes.AsSpan(0, read), back);
            back += read;
            Assert.True(written + read > 0 || driver.Wait(TimeSpan.FromSeconds(20)), "a wake-up was lost");
            driver.Poll();
        }
    }
}
