using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Console.Tests.Recovery;
using FastRing.Spec;
using FastRing.Workers;

namespace FastRing.Console.Tests.State;

/// <summary>Guests that are brought back: what they and those at the host's end hear of it, and sessions that go along.</summary>
public abstract class RestoredTests(ulong features)
{
    [Fact]
    public async Task Each_time_is_another_epoch_and_is_told()
    {
        using var worker = new Worker("state-test", Assert.Null);
        using var device = new ConsoleDevice(worker, SampleStates.Options);
        var told = new List<PortEvent>();
        device.PortChanged += told.Add;
        Assert.Equal(0U, device.Epoch);
        await worker.InvokeAsync(() => Assert.Null(device.LoadState(SampleStates.Golden)));
        Assert.Equal(1U, device.Epoch);
        await worker.InvokeAsync(() => Assert.Null(device.LoadState(SampleStates.GoldenWithSessions)));
        Assert.Equal(4U, device.Epoch);
        byte[] saved = [];
        await worker.InvokeAsync(() => saved = device.SaveState());
        await worker.InvokeAsync(() => Assert.Null(device.LoadState(saved)));
        Assert.Equal(5U, device.Epoch);
        Assert.Equal(["epoch 1", "epoch 4", "epoch 5"], told.Where(e => e.Kind == PortEventKind.Restored).Select(e => e.Detail));
    }

    [Fact]
    public void A_session_goes_along_byte_for_byte()
    {
        var client = new ResumableClient { ToSend = 5000 };
        using var console = new TestConsole(features, new PortOptions("a", new ResumableEndpoint(client) { Room = 10_000 }));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        control.Say(1, ControlEvent.PortReady);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1);
        for (int i = 0; i < 6; i++)
        {
            Assert.True(port.TryAdd(Pattern.Bytes(i * 4096, 4096)));
        }

        port.Transmit.PublishAndKick();
        console.Settle();
        Assert.Equal(10_000, client.Received.Count);
        control.Forget();
        var destination = new ResumableEndpoint(client);
        Assert.Null(console.MoveTo(new PortOptions("a", destination)));

        // Two chains are the guest's again, and of the third the client has its part.
        Assert.Equal([new(client.Session, 8192, 5000)], client.Resumed);
        Pattern.AssertIs([.. client.Received], 0);
        Assert.Equal(6 * 4096, client.Received.Count);
        Assert.Equal(6 * 4096UL, console.PortOf("a").Counters.BytesToHost);
        Assert.Equal([true], destination.GuestOpens);
        Assert.Empty(control.Heard);
    }

    [Fact]
    public void With_restart_the_guest_sees_its_ports_close_and_open_and_no_session_goes_on()
    {
        var client = new ResumableClient();
        var (source, destination) = (new TestEndpoint { Room = 100 }, new TestEndpoint());
        using var console = new TestConsole(features, new PortOptions("a", source), new PortOptions("b", new ResumableEndpoint(client)), new PortOptions("c", new TestEndpoint(), IsConsole: true));
        var control = new ControlDriver(console) { GivesBack = true };
        control.Say(ControlMessage.NoPort, ControlEvent.DeviceReady);
        foreach (uint id in (uint[])[0, 1, 2])
        {
            control.Say(id, ControlEvent.PortReady);
            control.Say(id, ControlEvent.PortOpen);
        }

        var port = new RawPort(console.Transport, 1);
        Assert.True(port.TryAdd(Pattern.Bytes(0, 4096)));
        port.Transmit.PublishAndKick();
        Assert.Contains("PortOpen 1 1", control.Heard);
        control.Forget();
        Assert.Null(console.MoveTo(new ConsoleOptions
        {
            MaxPorts = console.Device.Ports.Count,
            Restored = RestoredPolicy.Restart,
            Ports = [new PortOptions("a", destination), new PortOptions("b", new ResumableEndpoint(client)), new PortOptions("c", new TestEndpoint(), IsConsole: true)],
        }));

        Assert.Equal(["PortOpen 1 0", "PortOpen 1 1"], control.Heard.Where(h => h.Contains(" 1 ", StringComparison.Ordinal)));
        Assert.Equal(["PortOpen 2 0"], control.Heard.Where(h => h.Contains(" 2 ", StringComparison.Ordinal)));
        Assert.DoesNotContain(control.Heard, h => h.Contains(" 0 ", StringComparison.Ordinal)); // The console.
        Assert.Empty(client.Resumed);
        Assert.Empty(destination.Taken); // The rest of a message of which its reader never saw the front.
        Assert.True(port.TryAdd(Pattern.Bytes(0, 10)));
        port.Transmit.PublishAndKick();
        console.Settle();
        Pattern.AssertIs([.. destination.Taken], 0);
        Assert.Equal(10, destination.Taken.Count);
    }
}

/// <summary>On split rings.</summary>
public sealed class SplitRestoredTests() : RestoredTests(~VirtioFeatures.RingPacked);

/// <summary>On packed rings.</summary>
public sealed class PackedRestoredTests() : RestoredTests(~0UL);
