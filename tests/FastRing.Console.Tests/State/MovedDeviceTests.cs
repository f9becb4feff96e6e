using FastRing.Console.Driver;
using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Spec;

namespace FastRing.Console.Tests.State;

/// <summary>A driver whose device becomes another, as at a live migration: the new one has the old one's state and nothing else of it.</summary>
public abstract class MovedDeviceTests(ulong features)
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2500)]
    [InlineData(4096)]
    [InlineData(10_000)]
    public void Held_chains_arrive_once_also_the_one_that_was_taken_in_part(int takenBefore)
    {
        var (source, destination) = (new TestEndpoint { Room = takenBefore }, new TestEndpoint());
        using var console = new TestConsole(features, new PortOptions("a", source));
        var port = new RawPort(console.Transport, 1, pieces: 3);
        for (int i = 0; i < 6; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes(i * 4096, 4096)));
        }

        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(takenBefore, source.TakenBytes);
        Assert.Null(console.MoveTo(new PortOptions("a", destination)));

        Pattern.AssertIs([.. source.Taken, .. destination.Taken], 0);
        Assert.Equal(6 * 4096, source.TakenBytes + destination.TakenBytes);
        Assert.Equal(6 * 4096UL, console.PortOf("a").Counters.BytesToHost);
        Assert.Equal(6, port.Reclaim());
    }

    [Fact]
    public void Both_directions_go_on_through_many_devices()
    {
        TestEndpoint endpoint = new() { Room = 777 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint));
        ConsoleDriver driver = console.StartDriver();
        DriverPort port = console.Open("a");
        var taken = new List<byte>();
        var read = new List<byte>();
        int sent = 0;
        for (int move = 0; move < 30; move++)
        {
            sent += port.TryWrite(Pattern.Bytes(sent, 3000));
            console.OnWorker(() => endpoint.Supply(Pattern.Bytes(move * 5000, 5000)));
            read.AddRange(console.Read(port, 5000 * (move + 1) - read.Count - (move % 2 * 1000)));
            taken.AddRange(endpoint.Taken);
            endpoint.Taken.Clear();

            TestEndpoint next = new() { Room = 500 + (move * 100) };
            Assert.Null(console.MoveTo(new PortOptions("a", next)));
            taken.AddRange(endpoint.Taken);
            endpoint = next;
        }

        console.OnWorker(() =>
        {
            endpoint.Room = long.MaxValue;
            endpoint.Observer.OutputPossible();
        });
        console.Settle();
        taken.AddRange(endpoint.Taken);
        read.AddRange(console.Read(port, (30 * 5000) - read.Count));
        Assert.True(port.IsHostOpen);
        Assert.Equal(sent, taken.Count);
        Pattern.AssertIs([.. taken], 0);
        Pattern.AssertIs([.. read], 0);
        Assert.Equal((ulong)sent, console.PortOf("a").Counters.BytesToHost);
        Assert.Equal(30UL * 5000, console.PortOf("a").Counters.BytesToGuest);
        driver.Poll();
    }

    [Theory]
    [InlineData(true, true, "")]
    [InlineData(true, false, "PortOpen 1 0")]
    [InlineData(false, true, "PortOpen 1 1")]
    [InlineData(false, false, "")]
    public void The_driver_hears_of_the_hosts_end_only_if_it_was_told_otherwise(bool before, bool after, string heard)
    {
        var (source, destination) = (new TestEndpoint(), new TestEndpoint());
        using var console = new TestConsole(features, new PortOptions("a", source));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        console.OnWorker(() => source.SetOpen(before));
        control.Forget();

        destination.OnStart = () => destination.SetOpen(after);
        Assert.Null(console.MoveTo(new PortOptions("a", destination)));
        Assert.Equal(heard, string.Join(", ", control.Heard));
        Assert.Equal([true], destination.GuestOpens);
        Assert.True(console.Device.IsDriverReady);
        Assert.Equal((true, true), (console.PortOf("a").IsReady, console.PortOf("a").IsGuestOpen));
    }

    [Fact]
    public void What_the_driver_has_no_buffers_for_it_is_told_by_the_next_device()
    {
        using var console = new TestConsole(features, new PortOptions("a", new TestEndpoint()), new PortOptions("b", new TestEndpoint()));
        var control = new ControlDriver(console, buffers: 1);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        Assert.Equal(["PortAdd 1 1"], control.Heard);
        control.Say(1, ControlEvent.PortReady);
        Assert.Null(console.MoveTo(new PortOptions("a", new TestEndpoint()), new PortOptions("b", new TestEndpoint())));
        for (int i = 0; i < 8; i++)
        {
            control.Offer();
        }

        Assert.Equal(["PortAdd 1 1", "PortAdd 2 1", "PortName 1 1 a", "PortOpen 1 1"], control.Heard.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_was_meant_for_a_client_that_left_is_discarded_by_the_next_device_too()
    {
        var (source, destination) = (new TestEndpoint { Room = 100 }, new TestEndpoint());
        using var console = new TestConsole(features, new PortOptions("a", source));
        var control = new ControlDriver(console, buffers: 8);
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        Assert.Contains("PortOpen 1 1", control.Heard);
        var port = new RawPort(console.Transport, 1);
        Assert.True(port.TryAdd(Pattern.Bytes(0, 4096)));
        port.Transmit.PublishAndKick();
        console.OnWorker(() => source.SetOpen(false));
        Assert.Equal("PortOpen 1 0", control.Heard[^1]);

        // The driver has not given that message's buffer back: what it sends is still for the client that left.
        Assert.Null(console.MoveTo(new PortOptions("a", destination)));
        Assert.True(port.TryAdd(Pattern.Bytes(0, 4096)));
        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Empty(destination.Taken);
        Assert.Equal("PortOpen 1 0", control.Heard[^1]);
        for (int i = 0; i < 8; i++)
        {
            control.Offer();
        }

        Assert.Equal("PortOpen 1 1", control.Heard[^1]);
        Assert.True(port.TryAdd(Pattern.Bytes(0, 10)));
        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(10, destination.Taken.Count);
    }

    [Fact]
    public async Task What_the_driver_has_not_dealt_with_is_known_to_the_next_device()
    {
        var source = new TestEndpoint();
        using var console = new TestConsole(features, new PortOptions("a", source));
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.OnWorker(() => source.Supply(Pattern.Bytes(0, 5000)));
        console.Until(() => console.PortOf("a").Counters.BytesToGuest == 5000, "5000 bytes delivered");
        ulong before = console.PortOf("a").UnacknowledgedBytes;
        Assert.Null(console.MoveTo(new PortOptions("a", new TestEndpoint())));
        Assert.Equal(before, console.PortOf("a").UnacknowledgedBytes);
        Task acknowledged = console.PortOf("a").WaitForAcknowledgementAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        console.Settle();
        Assert.False(acknowledged.IsCompleted);
        Pattern.AssertIs(console.Read(port, 5000), 0);
        await acknowledged;
    }

    [Fact]
    public void Limits_and_what_is_owed_on_them_go_along()
    {
        var limits = new PortLimits(new RateLimit(1000, 7), new RateLimit(0, 9));
        using var console = new TestConsole(features, new PortOptions("a", new TestEndpoint()) { Limits = limits });
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, new byte[30_000]); // Thirty seconds' worth.
        console.Until(() => console.PortOf("a").Counters.BytesToHost == 30_000, "all taken");
        Assert.Null(console.MoveTo(new PortOptions("a", new TestEndpoint())));
        Assert.Equal(limits, console.PortOf("a").Limits);
        console.Write(port, new byte[1]);
        console.Settle();
        Assert.Equal(30_000UL, console.PortOf("a").Counters.BytesToHost);
    }

    [Fact]
    public void No_state_takes_a_limit_away_that_its_destination_has()
    {
        using var console = new TestConsole(features, new PortOptions("a", new TestEndpoint()) { Limits = new PortLimits(new RateLimit(0, 5), new RateLimit(100, 50)) });
        console.StartDriver();
        Assert.Null(console.MoveTo(new PortOptions("a", new TestEndpoint()) { Limits = new PortLimits(new RateLimit(1000, 0), new RateLimit(200, 20)) }));
        Assert.Equal(new PortLimits(new RateLimit(1000, 5), new RateLimit(100, 20)), console.PortOf("a").Limits);
    }

    [Fact]
    public void A_console_goes_on_with_its_size_or_hears_of_another()
    {
        using var console = new TestConsole(features, new PortOptions("", new TestEndpoint(), IsConsole: true) { Size = new ConsoleSize(80, 25) });
        console.StartDriver();
        Assert.Null(console.MoveTo(new PortOptions("", new TestEndpoint(), IsConsole: true)));
        Assert.Equal(new ConsoleSize(80, 25), console.Device.Ports[0].Size);
        Assert.Null(console.MoveTo(new PortOptions("", new TestEndpoint(), IsConsole: true) { Size = new ConsoleSize(132, 50) }));
        console.Until(() => console.Driver.Ports.Single().Size == new ConsoleSize(132, 50), "the new size");
    }

    [Fact]
    public void A_device_that_is_not_the_same_is_refused_by_name_and_the_old_one_goes_on()
    {
        var endpoint = new TestEndpoint { Room = 1000 };
        using var console = new TestConsole(features, new PortOptions("a", endpoint), new PortOptions("b", new TestEndpoint()));
        console.StartDriver();
        DriverPort port = console.Open("a");
        console.Write(port, Pattern.Bytes(0, 3000));
        console.Settle();
        uint drivers = console.Device.Drivers;
        PortOptions a = new("a", new TestEndpoint());
        PortOptions b = new("b", new TestEndpoint());
        Is("max ports: 4 in the state, 5 here", new ConsoleOptions { MaxPorts = 5, Ports = [a, b] });
        Is("max ports: 4 in the state, 3 here", new ConsoleOptions { MaxPorts = 3, Ports = [a, b] });
        Is("port 2: 'b' is not there", new ConsoleOptions { MaxPorts = 4, Ports = [a] });
        Is("port 1: name: 'a' in the state, 'c' here", new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("c", new TestEndpoint()), b] });
        Is("port 3: 'c' is not in the state", new ConsoleOptions { MaxPorts = 4, Ports = [a, b, new PortOptions("c", new TestEndpoint())] });
        Is("port 2: kind: it is a console here only", new ConsoleOptions { MaxPorts = 4, Ports = [a, new PortOptions("b", new TestEndpoint(), IsConsole: true) { Id = 2 }] });
        ulong missing = (console.Transport.Features & VirtioFeatures.RingPacked) != 0 ? VirtioFeatures.RingPacked : VirtioFeatures.EventIndex;
        Is($"features: 0x{missing:x} of the state are not offered here", new ConsoleOptions { MaxPorts = 4, Ports = [a, b], PackedRing = missing != VirtioFeatures.RingPacked, EventIndex = missing == VirtioFeatures.RingPacked });

        Assert.Equal(drivers, console.Device.Drivers);
        console.OnWorker(() =>
        {
            endpoint.Room = long.MaxValue;
            endpoint.Observer.OutputPossible();
        });
        console.Settle();
        Pattern.AssertIs([.. endpoint.Taken], 0);
        Assert.Equal(3000, endpoint.Taken.Count);

        void Is(string why, ConsoleOptions options) => Assert.Equal(why, console.MoveTo(options));
    }

    [Fact]
    public void A_port_that_came_and_went_before_goes_on_coming_and_going()
    {
        using var console = new TestConsole(features, new PortOptions("a", new TestEndpoint()));
        console.StartDriver();
        console.Remove(console.PortOf("a"));
        Assert.Null(console.MoveTo());
        console.Until(() => console.Driver.Ports.Count == 0, "the port gone");
        console.Add(new PortOptions("b", new TestEndpoint()) { Id = 1 });
        console.Until(() => console.Driver.FindPort("b") is not null, "the port there");
        Assert.True(console.Device.Drivers > 1);
    }

    [Fact]
    public void A_running_device_is_neither_saved_nor_loaded()
    {
        using var console = new TestConsole(features, new PortOptions("a", new TestEndpoint()));
        console.StartDriver();
        console.OnWorker(() =>
        {
            Assert.Throws<InvalidOperationException>(console.Device.SaveState);
            Assert.Equal("queues: some are running", console.Device.LoadState(SampleStates.Golden));
        });
    }
}

/// <summary>On split rings.</summary>
public sealed class SplitMovedDeviceTests() : MovedDeviceTests(~VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
public sealed class PackedMovedDeviceTests() : MovedDeviceTests(~0UL);
