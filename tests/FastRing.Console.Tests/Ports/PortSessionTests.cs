using FastRing.Console.Ports;
using FastRing.Console.Spec;

namespace FastRing.Console.Tests.Ports;

public sealed class PortSessionTests
{
    [Fact]
    public void Every_new_guest_opener_and_client_is_another_session()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port port = console.PortOf("a");
        var seen = new List<PortSession> { port.Session };
        void Next()
        {
            console.Settle();
            seen.Add(port.Session);
        }


        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortReady);
        console.Settle();
        Assert.Equal(seen[^1], port.Session); // Nobody new.
        control.Say(1, ControlEvent.PortOpen);
        Next();
        Assert.Equal(seen[^2] with { GuestOpens = seen[^2].GuestOpens + 1 }, seen[^1]);
        console.OnWorker(() => endpoint.SetOpen(false));
        console.OnWorker(() => endpoint.SetOpen(true));
        Next();
        Assert.Equal(seen[^2] with { HostOpens = seen[^2].HostOpens + 1 }, seen[^1]);
        control.Say(1, ControlEvent.PortOpen, 0);
        control.Say(1, ControlEvent.PortOpen, 1);
        Next();
        console.Transport.Reset();
        Next();
        Assert.Equal(seen[^2] with { Guest = seen[^2].Guest + 1 }, seen[^1]);

        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public void The_same_number_given_again_is_another_port_with_sessions_of_its_own()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        Port first = console.PortOf("a");
        console.OnWorker(() => endpoint.SetOpen(false));
        console.OnWorker(() => endpoint.SetOpen(true));
        PortSession last = first.Session;

        console.Remove(first);
        Port second = console.Add(new PortOptions("a", new TestEndpoint()));

        Assert.NotSame(first, second);
        Assert.Equal(last, first.Session);
        Assert.Equal(1U, second.Session.HostOpens);
    }

    [Fact]
    public void An_endpoint_sees_its_ports_session()
    {
        var endpoint = new TestEndpoint();
        using var console = new TestConsole(new PortOptions("a", endpoint));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        console.Settle();

        Assert.Equal(console.PortOf("a").Session, endpoint.Observer.Session);
        Assert.Equal(1U, endpoint.Observer.Session.GuestOpens);
    }
}
