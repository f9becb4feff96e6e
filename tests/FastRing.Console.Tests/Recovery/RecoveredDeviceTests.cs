using FastRing.Console.Driver;
using FastRing.Console.Ports;
using FastRing.Console.Recovery;
using FastRing.Console.Spec;
using FastRing.Console.State;
using FastRing.Spec;

namespace FastRing.Console.Tests.Recovery;

/// <summary>What a device knows that goes on where another was killed.</summary>
public sealed class RecoveredDeviceTests
{
    private readonly ResumableClient _client = new() { ToSend = 3000 };

    [Fact]
    public void What_the_driver_was_given_and_has_not_dealt_with_is_known()
    {
        using var console = new KilledConsole(Session, ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        DriverPort port = Open(console, driver, "session");
        Eventually.Is(() => console.Device.FindPort("session")!.Counters.BytesToGuest == 3000, "all delivered");
        Settle(console);
        ulong before = console.Device.FindPort("session")!.UnacknowledgedBytes;
        Assert.InRange(before, 1U, 3000U);
        Assert.Null(console.Recover());
        Assert.Equal(before, console.Device.FindPort("session")!.UnacknowledgedBytes);
        Assert.Equal([new(_client.Session, 0, 3000)], _client.Resumed);
        Task acknowledged = console.Device.FindPort("session")!.WaitForAcknowledgementAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Settle(console);
        Assert.False(acknowledged.IsCompleted);
        ReadAll(driver, port);
        Eventually.Is(() => acknowledged.IsCompletedSuccessfully, "acknowledged");
    }

    [Fact]
    public void A_client_that_went_with_its_process_is_told_of_and_what_was_meant_for_it_is_discarded()
    {
        var endpoints = new List<TestEndpoint>();
        using var console = new KilledConsole(
            () =>
            {
                var endpoint = new TestEndpoint { Room = endpoints.Count == 0 ? 0 : long.MaxValue };
                endpoint.OnStart = () => endpoint.SetOpen(false);
                endpoints.Add(endpoint);
                return new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("a", endpoint)] };
            },
            ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        var heard = new List<bool>();
        driver.PortChanged += (port, what) => heard.AddRange(what == ControlEvent.PortOpen ? [port.IsHostOpen] : (bool[])[]);
        DriverPort port = Open(console, driver, "a", () => endpoints[0].SetOpen(true));
        Assert.Equal(1000, port.TryWrite(Pattern.Bytes(0, 1000)));
        Settle(console);

        // The next client is there before the driver's rings are: it is another.
        Assert.Null(console.Recover());
        console.Life.OnWorker(() => endpoints[1].SetOpen(true));
        Until(driver, () => heard.Count == 3, "closed and open again");
        Assert.Equal([true, false, true], heard);
        Assert.Equal(1000UL, console.Device.FindPort("a")!.Counters.BytesDiscarded);
        Assert.Empty(endpoints[1].Taken);
        Assert.Equal(10, port.TryWrite(Pattern.Bytes(0, 10)));
        Eventually.Is(() => endpoints[1].TakenBytes == 10, "what is meant for it");
    }

    [Fact]
    public void What_is_always_there_loses_nothing_and_its_guest_hears_nothing()
    {
        var endpoints = new List<TestEndpoint>();
        using var console = new KilledConsole(
            () =>
            {
                endpoints.Add(new TestEndpoint { Room = endpoints.Count == 0 ? 300 : long.MaxValue });
                return new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("a", endpoints[^1])] };
            },
            ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        DriverPort port = Open(console, driver, "a");
        int changes = 0;
        driver.PortChanged += (_, _) => changes++;
        Assert.Equal(1000, port.TryWrite(Pattern.Bytes(0, 1000)));
        Settle(console);
        Assert.Equal(300, endpoints[0].Taken.Count);
        Assert.Null(console.Recover());
        Settle(console);
        driver.Poll();
        Assert.Equal(700, endpoints[1].Taken.Count);
        Pattern.AssertIs([.. endpoints[1].Taken], 300);
        Assert.Equal(0, changes);
    }

    [Fact]
    public void A_frontend_that_comes_back_to_the_same_process_finds_its_client_still_there()
    {
        var endpoint = new TestEndpoint();
        endpoint.OnStart = () => endpoint.SetOpen(false);
        using var console = new KilledConsole(() => new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("a", endpoint)] }, ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        DriverPort port = Open(console, driver, "a", () => endpoint.SetOpen(true));
        int changes = 0;
        driver.PortChanged += (_, _) => changes++;
        Assert.Equal(1000, port.TryWrite(Pattern.Bytes(0, 1000)));
        Settle(console);
        console.ComeBack();
        Assert.Equal(500, port.TryWrite(Pattern.Bytes(1000, 500)));
        console.Life.OnWorker(() => endpoint.Supply(Pattern.Bytes(0, 2000)));
        Eventually.Is(() => endpoint.TakenBytes == 1500, "all taken");
        Pattern.AssertIs([.. endpoint.Taken], 0);
        var buffer = new byte[2000];
        int read = 0;
        Until(driver, () => (read += port.TryRead(buffer.AsSpan(read))) == 2000, "all read");
        Pattern.AssertIs(buffer, 0);
        Assert.Equal(0, changes);
    }

    [Fact]
    public void A_session_its_endpoint_does_not_go_on_with_is_over_for_the_guest_too_and_is_not_offered_again()
    {
        bool isNew = false;
        using var console = new KilledConsole(
            () => new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("session", new ResumableEndpoint(_client) { IsNew = isNew })] }, ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        DriverPort port = Open(console, driver, "session");
        isNew = true;
        Assert.Null(console.Recover());
        Until(driver, () => !port.IsHostOpen, "closed");
        Assert.Single(_client.Resumed);
        isNew = false;
        Assert.Null(console.Recover());
        Settle(console);
        Assert.Single(_client.Resumed);
    }

    [Fact]
    public void The_epoch_is_as_it_was()
    {
        using var console = new KilledConsole(() => State.SampleStates.Options, ~VirtioFeatures.RingPacked);
        console.Life.OnWorker(() => Assert.Null(console.Device.LoadState(State.SampleStates.GoldenWithSessions)));
        Assert.Equal(4U, console.Device.Epoch);
        console.Life.OnWorker(() => console.Device.FeaturesNegotiated(console.Features));
        console.Life.OnWorker(console.Device.Keep);
        Assert.Null(console.Recover());
        Assert.Equal(4U, console.Device.Epoch);
    }

    [Fact]
    public void A_state_that_was_loaded_before_there_was_an_area_is_gone_on_with_although_no_ring_has_run()
    {
        using var console = new KilledConsole(() => State.SampleStates.Options, ~VirtioFeatures.RingPacked, State.SampleStates.GoldenWithSessions);
        (ConsoleState loaded, PortState port) = Saved(console);
        Assert.Null(console.Recover());
        (ConsoleState recovered, PortState same) = Saved(console);
        Assert.Equal((loaded.Epoch, loaded.IsDriverReady, loaded.Drivers), (recovered.Epoch, recovered.IsDriverReady, recovered.Drivers));
        Assert.Equal((port.Flags, port.Transmit, port.ReceiveBase), (same.Flags, same.Transmit, same.ReceiveBase));
        Assert.Equal((0x8001_8001, 1234UL), port.Transmit);
        Assert.Equal((port.Receive!.Count, port.Receive.BytesOut), (same.Receive!.Count, same.Receive.BytesOut));
        Assert.Equal((port.BytesToHost, port.BytesToGuest, port.Limits), (same.BytesToHost, same.BytesToGuest, same.Limits));
    }

    [Fact]
    public void So_is_a_session_in_it()
    {
        PortState port = State.SampleStates.SampleWithSessions.Ports[1] with { Session = new(Guid.NewGuid(), 100, 50), Transmit = (0x8001_8001, 0) };
        byte[] state = (State.SampleStates.SampleWithSessions with { Ports = [State.SampleStates.Sample.Ports[0], port, .. State.SampleStates.Sample.Ports.Skip(2)] }).Write();
        _client.Session = port.Session.Id;
        _client.Received.AddRange(new byte[100]);
        using var console = new KilledConsole(
            () => new ConsoleOptions
            {
                MaxPorts = 5,
                Ports = [State.SampleStates.Options.Ports[0], new PortOptions("org.example.a", new ResumableEndpoint(_client)) { Id = 1 }, State.SampleStates.Options.Ports[2]],
            },
            ~VirtioFeatures.RingPacked,
            state);
        Assert.Null(console.Recover());
        Assert.Equal([port.Session, port.Session], _client.Resumed);
    }

    [Fact]
    public void A_reset_driver_leaves_nothing_behind()
    {
        using var console = new KilledConsole(Session, ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4);
        Open(console, driver, "session");
        console.Life.OnWorker(() =>
        {
            foreach (int queue in console.Queues)
            {
                console.Device.QueueStopping(queue);
            }

            console.Device.Reset();
        });
        Assert.Null(console.Recover());
        Assert.Equal((false, 2U), (console.Device.IsDriverReady, console.Device.Drivers));
        Assert.False(console.Device.FindPort("session")!.IsGuestOpen);
    }

    [Fact]
    public void An_area_has_room_for_the_longest_state()
    {
        foreach (int ports in (int[])[1, 511])
        {
            PortState port = State.SampleStates.Sample.Ports[1] with { Name = new string('n', PortName.MaxLength), Receive = null, HostOpens = 1, Session = new(Guid.NewGuid(), 1, 1) };
            ConsoleState longest = State.SampleStates.SampleWithSessions with
            {
                MaxPorts = ports,
                Control = new ControlState(
                    0,
                    new BuffersOut(32768, 0, 0, 0, new uint[32768]),
                    [.. Enumerable.Range(0, ports)],
                    [.. Enumerable.Range(0, ports).SelectMany(i => (IEnumerable<(int, PendingControl, ulong)>)[(i, PendingControl.Open, 1), (i, PendingControl.Remove, 1)])]),
                Ports = [.. Enumerable.Range(0, ports).Select(i => port with { Number = i, Flags = port.Flags & ~PortStateFlags.HasReceive })],
            };
            byte[] bytes = longest.Write();
            Assert.Null(ConsoleState.TryRead(bytes, out _));
            Assert.InRange(bytes.Length, 1, new AreaLayout(ports).RecordCapacity);
            Assert.InRange(new AreaLayout(ports).SizeBytes, 1, 512 << 10);
        }
    }

    internal static void Until(ConsoleDriver driver, Func<bool> condition, string what) => Eventually.Is(
        () =>
        {
            driver.Poll();
            return condition();
        },
        what);

    internal static DriverPort Open(KilledConsole console, ConsoleDriver driver, string name, Action? come = null)
    {
        driver.Start();
        Until(driver, () => driver.FindPort(name) is not null, "the port");
        DriverPort port = driver.FindPort(name)!;
        port.Open();
        console.Life.OnWorker(come ?? (static () => { }));
        Until(driver, () => port.IsHostOpen, "host open");
        Settle(console);
        driver.Poll();
        return port;
    }

    private static void ReadAll(ConsoleDriver driver, DriverPort port)
    {
        var bytes = new byte[3000];
        int read = 0;
        Until(driver, () => (read += port.TryRead(bytes.AsSpan(read))) == 3000, "all read");
        Pattern.AssertIs(bytes, 0);
    }

    private static void Settle(KilledConsole console)
    {
        for (int i = 0; i < 8; i++)
        {
            console.Life.OnWorker(static () => { });
        }
    }

    private ConsoleOptions Session() => new() { MaxPorts = 4, Ports = [new PortOptions("session", new ResumableEndpoint(_client))] };

    private static (ConsoleState Device, PortState Port) Saved(KilledConsole console)
    {
        byte[] bytes = [];
        console.Life.OnWorker(() => bytes = console.Device.SaveState());
        Assert.Null(ConsoleState.TryRead(bytes, out ConsoleState? state));
        return (state!, state!.Ports.Single(p => p.Number == 1));
    }
}
