using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Console.Tests.Support;
using FastRing.Diagnostics;

namespace FastRing.Console.Tests.Diagnostics;

public class ConsoleMeterTests
{
    private readonly string _port = $"meter-{Guid.NewGuid():N}"; // Other tests have devices of the same name, at the same time.

    [Fact]
    public void What_the_meter_shows_of_a_port_is_what_passed_it_and_its_device_is_forgotten_with_it()
    {
        using (var console = new TestConsole(new PortOptions(_port, new EchoEndpoint())))
        {
            console.StartDriver();
            DriverPort port = console.Open(_port);
            console.Write(port, new byte[1000]);
            console.Read(port, 1000);

            ConcurrentDictionary<string, long> seen = Look();
            Assert.Equal(1000, seen["fastring.port.io direction=to_host"]);
            Assert.Equal(1000, seen["fastring.port.io direction=to_guest"]);
            Assert.Equal(1, seen["fastring.port.guest_opens"]);
            Assert.Equal(1, seen["fastring.port.open side=guest"]);
            Assert.Equal(1, seen["fastring.port.open side=host"]);
            Assert.Equal(0, seen["fastring.port.discarded"]);
        }

        Assert.Empty(Look());
    }

    [Fact]
    public void Every_instrument_has_a_name_of_ours_a_unit_and_a_description()
    {
        using var console = new TestConsole(new PortOptions(_port, new EchoEndpoint()));
        var seen = new List<Instrument>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => seen.AddRange(instrument.Meter.Name == FastRingMeter.Name ? [instrument] : []) };
        listener.Start();

        Assert.Contains(seen, i => i.Name == "fastring.worker.turns");
        Assert.All(seen, i => Assert.Matches("^fastring\\.[a-z]+\\.[a-z_]+$", i.Name));
        Assert.All(seen, i => Assert.True(i.Unit is { Length: > 0 } && i.Description is { Length: > 0 }, i.Name));
    }

    /// <summary>Every instrument that speaks of the port, with its tags but those that say whose it is.</summary>
    private ConcurrentDictionary<string, long> Look()
    {
        var seen = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == FastRingMeter.Name)
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            KeyValuePair<string, object?>[] all = tags.ToArray();
            if (all.Any(t => t.Key == "port" && _port.Equals(t.Value)))
            {
                Assert.Contains(all, t => t.Key == "device" && t.Value is string { Length: > 0 });
                string rest = string.Concat(all.Where(t => t.Key is not ("device" or "port")).Select(t => $" {t.Key}={t.Value}"));
                seen[instrument.Name + rest] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
