using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

/// <summary>What the interface refuses, and how.</summary>
public sealed class PortTableTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("..")]
    [InlineData("\u00e9")]
    [InlineData("a\0")]
    public async Task A_name_that_is_no_good_is_refused(string name)
    {
        using var console = new TestConsole();

        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named(name)));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named(new string('x', 101))));
        Assert.Equal(100, console.Add(Named(new string('x', 100))).Name.Length);
    }

    [Fact]
    public async Task An_endpoint_is_one_ports_and_none_is_no_port()
    {
        using var console = new TestConsole();
        var endpoint = new TestEndpoint();
        console.Add(new PortOptions("a", endpoint));

        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(new PortOptions("b", endpoint)));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(new PortOptions("c", null!)));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(new PortOptions(null!, new TestEndpoint())));
        Assert.Equal(["", "a", "", ""], console.Device.Ports.Select(p => p.Name));
    }

    [Fact]
    public async Task A_name_or_number_that_is_taken_is_refused_until_it_is_free()
    {
        using var console = new TestConsole(Named("a"), Named("b"));
        Port first = console.PortOf("a");

        ArgumentException name = await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named("a")));
        Assert.Contains("'a' is taken, by port 1", name.Message, StringComparison.Ordinal);
        ArgumentException number = await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named("c") with { Id = 2 }));
        Assert.Contains("2 is taken, by 'b'", number.Message, StringComparison.Ordinal);

        console.Remove(first);
        Port next = console.Add(Named("a") with { Id = 1 });
        Assert.NotSame(first, next);
        Assert.Same(next, console.Device.FindPort("a"));
        Assert.Equal(["", "a", "b", ""], console.Device.Ports.Select(p => p.Name));
    }

    [Fact]
    public async Task Numbers_are_those_of_the_device_and_0_is_a_consoles()
    {
        using var console = new TestConsole();
        foreach (int id in new[] { -1, 4, int.MaxValue, 0 })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named("a") with { Id = id }));
        }

        Assert.Equal(3, console.Add(Named("three") with { Id = 3 }).Id);
        Assert.Equal(1, console.Add(Named("one")).Id);
        Assert.Equal(2, console.Add(Named("two")).Id);
        await Assert.ThrowsAsync<InvalidOperationException>(() => console.Device.AddPortAsync(Named("four")));
        Assert.Equal(0, console.Add(Console("")).Id);
        await Assert.ThrowsAsync<InvalidOperationException>(() => console.Device.AddPortAsync(Console("")));
    }

    [Fact]
    public void Options_may_number_ports_themselves()
    {
        using var console = new TestConsole(new ConsoleOptions
        {
            MaxPorts = 6,
            Ports = [Named("a"), Console("c") with { Id = 2 }, Named("b") with { Id = 1 }, Console("d"), Console("e")],
        });

        Assert.Equal(["d", "b", "c", "a", "e", ""], console.Device.Ports.Select(p => p.Name));
        Assert.Contains("number 1 is used twice", new ConsoleOptions { Ports = [Named("a") with { Id = 1 }, Named("b") with { Id = 1 }] }.WhyInvalid(), StringComparison.Ordinal);
        Assert.NotNull(new ConsoleOptions { MaxPorts = 3, Ports = [Console("") with { Id = 1 }, Named("a"), Named("b")] }.WhyInvalid());
        Assert.NotNull(new ConsoleOptions { Ports = [Named("a") with { Limits = new(new RateLimit(-1)) }] }.WhyInvalid());
    }

    [Fact]
    public async Task A_port_is_removed_once_and_only_by_its_device()
    {
        using var console = new TestConsole(Named("a"));
        using var other = new TestConsole(new ConsoleOptions { MaxPorts = 100, Ports = [Named("x") with { Id = 99 }, Named("y")] });
        Port port = console.PortOf("a");

        await Assert.ThrowsAsync<ArgumentNullException>(() => console.Device.RemovePortAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(() => console.Device.AddPortAsync(null!));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.RemovePortAsync(other.PortOf("x")));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.RemovePortAsync(other.PortOf("y")));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.RemovePortAsync(console.Device.Ports[2]));
        console.Remove(port);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => console.Device.RemovePortAsync(port));
    }

    [Fact]
    public async Task A_port_that_was_removed_says_so()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint, IsConsole: true));
        Port port = console.PortOf("a");
        console.Remove(port);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => port.SetLimitsAsync(PortLimits.None));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => port.ResizeAsync(new(1, 1)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => port.WaitForGuestOpenAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => port.WaitForAcknowledgementAsync(TimeSpan.Zero));
        Assert.Equal((PortWait.Removed, true, true), (port.Waits, port.IsRemoved, endpoint.IsDisposed));

        // An endpoint that was slow to hear of it harms nobody.
        console.OnWorker(() =>
        {
            endpoint.SetOpen(false);
            endpoint.Observer.InputPossible();
            endpoint.Observer.OutputPossible();
            Assert.Throws<ObjectDisposedException>(() => endpoint.Observer.Buffers.Take(1));
            Assert.Equal(0U, endpoint.Observer.Buffers.Room.Length);
        });
    }

    [Fact]
    public async Task A_number_nobody_was_given_can_not_be_waited_for()
    {
        using var console = new TestConsole();
        Port nobody = console.Device.Ports[1];

        await Assert.ThrowsAsync<InvalidOperationException>(() => nobody.WaitForGuestOpenAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<InvalidOperationException>(() => nobody.WaitForAcknowledgementAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<InvalidOperationException>(() => nobody.SetLimitsAsync(PortLimits.None));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    public async Task A_limit_is_not_negative(long bytes, long messages)
    {
        using var console = new TestConsole(Named("a"));
        var limit = new RateLimit(bytes, messages);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => console.PortOf("a").SetLimitsAsync(new PortLimits(ToHost: limit)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => console.PortOf("a").SetLimitsAsync(new PortLimits(ToGuest: limit)));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named("b") with { Limits = new PortLimits(limit) }));
        await Assert.ThrowsAsync<ArgumentException>(() => console.Device.AddPortAsync(Named("b") with { Limits = new PortLimits(ToGuest: limit) }));
    }

    [Fact]
    public async Task An_endpoint_that_does_not_start_leaves_no_port_behind_and_stays_its_makers()
    {
        using var console = new TestConsole(Named("a"));
        var control = new ControlDriver(console);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Forget();
        var endpoint = new TestEndpoint { OnStart = () => throw new IOException("no") };

        await Assert.ThrowsAsync<IOException>(() => console.Device.AddPortAsync(new PortOptions("b", endpoint)));

        Assert.Empty(control.Heard);
        Assert.Null(console.Device.FindPort("b"));
        Assert.False(endpoint.IsDisposed);
        Assert.Equal(2, console.Add(Named("b")).Id);
        Assert.Equal(["PortAdd 2 1"], control.Heard);
    }

    [Fact]
    public async Task A_device_that_is_gone_has_no_ports_and_takes_none()
    {
        var endpoint = new TestEndpoint();
        using var worker = new FastRing.Workers.Worker("gone", static _ => { });
        var device = new ConsoleDevice(worker, new ConsoleOptions { Ports = [new("a", endpoint)] });
        await device.StartAsync();
        Port port = device.FindPort("a")!;
        Task waiting = port.WaitForGuestOpenAsync(Timeout.InfiniteTimeSpan);

        device.Dispose();
        device.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => device.AddPortAsync(Named("b")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => device.RemovePortAsync(port));
        Assert.True(endpoint.IsDisposed);
    }

    private static PortOptions Named(string name) => new(name, new NullEndpoint());

    private static PortOptions Console(string name) => new(name, new NullEndpoint(), IsConsole: true);
}
