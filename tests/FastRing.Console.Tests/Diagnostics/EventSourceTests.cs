using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Tests.Support;
using FastRing.Diagnostics;

namespace FastRing.Console.Tests.Diagnostics;

public class EventSourceTests
{
    private readonly string _port = $"events-{Guid.NewGuid():N}"; // Other tests' devices are heard too.

    [Fact]
    public void What_happens_to_a_port_is_told_and_batches_only_to_who_asks_for_them()
    {
        using var console = new TestConsole(new PortOptions(_port, new EchoEndpoint()));
        using var all = new Listener(EventLevel.Verbose);
        using var changes = new Listener(EventLevel.Informational);
        console.StartDriver();
        DriverPort port = console.Open(_port);
        console.Write(port, new byte[1000]);
        console.Read(port, 1000);
        console.Settle();

        Assert.Contains(Of(changes, "PortChanged"), e => e.Payload!.Contains(nameof(PortEventKind.GuestOpened)));
        Assert.Contains(Of(all, "PortChanged"), e => e.Payload!.Contains(nameof(PortEventKind.GuestOpened)));
        Assert.Equal(1000, Of(all, "Batch").Where(e => e.Payload!.Contains("to_host")).Sum(e => (long)e.Payload![4]!));
        Assert.Equal(1000, Of(all, "Batch").Where(e => e.Payload!.Contains("to_guest")).Sum(e => (long)e.Payload![4]!));
        Assert.Empty(Of(changes, "Batch"));
    }

    [Fact]
    public void Nothing_is_wrong_with_the_source_itself()
    {
        Assert.Null(FastRingEventSource.Log.ConstructionException);
        Assert.NotEmpty(EventSource.GenerateManifest(typeof(FastRingEventSource), "FastRing.Core.dll", EventManifestOptions.Strict)!);
    }

    private IEnumerable<EventWrittenEventArgs> Of(Listener listener, string name) => listener.Heard.Where(e => e.EventName == name && e.Payload!.Contains(_port));

    private sealed class Listener : EventListener
    {
        public Listener(EventLevel level) => EnableEvents(FastRingEventSource.Log, level, EventKeywords.All);

        public ConcurrentQueue<EventWrittenEventArgs> Heard { get; } = new();

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Heard?.Enqueue(eventData);
    }
}
