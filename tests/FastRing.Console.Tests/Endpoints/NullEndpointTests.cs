using FastRing.Console.Endpoints;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Endpoints;

public sealed class NullEndpointTests
{
    [Fact]
    public void Everything_is_taken_and_nothing_is_said()
    {
        using var console = new TestConsole(new PortOptions("null", new NullEndpoint()));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, pieces: 5);
        for (int i = 0; i < 50; i++)
        {
            port.TryAdd(new byte[4000]);
        }

        port.Transmit.PublishAndKick();
        console.Settle();

        Assert.Equal(50, port.Reclaim());
        Assert.Equal(200_000UL, console.PortOf("null").Counters.BytesToHost);
        Assert.Equal(0UL, console.PortOf("null").Counters.BytesDiscarded);
        Assert.Equal(-1, port.TryTake(new byte[4096]));
    }
}
