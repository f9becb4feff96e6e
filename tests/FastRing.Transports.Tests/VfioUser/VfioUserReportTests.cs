using System.Diagnostics.Metrics;
using FastRing.Devices;
using FastRing.Diagnostics;
using FastRing.VhostUser.Diagnostics;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>What counters and reports tell of rings that are driven through a PCI function.</summary>
public sealed class VfioUserReportTests : IDisposable
{
    private readonly VfioUserFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_ring_behind_a_PCI_function_is_counted_and_reported_as_any_other()
    {
        Assert.Empty(await LookAsync());
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);

        RingReport ring = Assert.Single(await LookAsync());
        Assert.Equal((0, "Started", true, null, 1ul), (ring.Queue, ring.State, ring.IsEnabled, ring.Error, ring.Chains));
        Assert.Equal(16, ring.Ring!.Size);
        Assert.Contains(("fastring.queue.chains", 1L), Measure());
        Assert.Contains(("fastring.backend.connected", 1L), Measure());
    }

    [Fact]
    public async Task A_ring_that_could_not_be_set_up_is_reported_with_its_error()
    {
        using VfioUserDriver driver = VfioUserDriver.Connect(_fixture.Path);
        Assert.Equal(0, driver.Client.Unmap(0x10_0000, 8 << 20));
        driver.Enumerate();
        driver.Negotiate();
        driver.StartQueue(0, 16);
        driver.Begin();
        RingReport ring = Assert.Single(await LookAsync());
        Assert.Equal(("Broken", "AreaNotMapped", 0ul), (ring.State, ring.Error, ring.Chains));
        Assert.Null(ring.Ring);
    }

    private async Task<List<RingReport>> LookAsync()
    {
        var reports = new List<RingReport>();
        await _fixture.Worker.Worker.InvokeAsync(() => Assert.False(((IRingServer)_fixture.Server).Look(0, 8, reports)));
        return reports;
    }

    private List<(string Name, long Value)> Measure()
    {
        var measured = new List<(string, long)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, l) => { if (instrument.Meter == FastRingMeter.Meter) { l.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.Contains(new KeyValuePair<string, object?>("device", _fixture.Path)))
            {
                measured.Add((instrument.Name, value));
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
