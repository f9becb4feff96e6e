using System.Diagnostics.Metrics;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Diagnostics;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Tests.Ports;

[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private const int Batch = 128;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void A_million_buffers_through_a_port_allocate_nothing(bool eventIndex, bool packed)
    {
        var options = new ConsoleOptions { EventIndex = eventIndex, PackedRing = packed, Ports = [new("a", new EchoEndpoint())] };
        using var console = new TestConsole(options, ~0UL);
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        Echo(port, 100_000);

        // What measuring itself costs is measured first, and must come out the same with the work in between.
        long first = AllocatedByWorker(console);
        long second = AllocatedByWorker(console);
        int collections = GC.CollectionCount(0);
        Echo(port, 1_000_000);
        int collected = GC.CollectionCount(0) - collections;
        long third = AllocatedByWorker(console);

        Assert.Equal(second - first, third - second);
        Assert.Equal(0, collected);
        Assert.True(port.IsHonest);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nor_does_keeping_where_its_streams_are(bool packed)
    {
        using var console = new TestConsole(new ConsoleOptions { PackedRing = packed, Ports = [new("a", new EchoEndpoint())] }, ~0UL);
        int bytes = console.Device.RecoveryBytes;
        using OwnedFd file = MemFd.Create("area", (ulong)bytes);
        using MappedRegion mapping = MappedRegion.Map(file, 0, (ulong)bytes);
        console.OnWorker(() => Assert.Null(console.Device.BeginRecovery(new RecoveryArea(mapping, 0, bytes), isNew: true)));
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        Echo(port, 20_000);
        long first = AllocatedByWorker(console);
        long second = AllocatedByWorker(console);
        Echo(port, 200_000);
        Assert.Equal(second - first, AllocatedByWorker(console) - second);
        console.Transport.Reset();
        console.OnWorker(console.Device.EndRecovery);
    }

    [Fact]
    public void Nor_does_measuring_how_long_buffers_take()
    {
        long measured = 0;
        using var listener = new MeterListener { InstrumentPublished = (i, l) => { if (i.Meter.Name == FastRingMeter.LatencyName) { l.EnableMeasurementEvents(i); } } };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => measured++);
        listener.Start();
        using var console = new TestConsole(new ConsoleOptions { Ports = [new("a", new EchoEndpoint())] }, ~0UL);
        var control = new ControlDriver(console);
        control.Say(1, ControlEvent.PortOpen);
        var port = new RawPort(console.Transport, 1, receiveCount: 256, receiveBytes: 64, transmitCount: 256, transmitBytes: 64);
        Echo(port, 20_000);
        long first = AllocatedByWorker(console);
        long second = AllocatedByWorker(console);
        long before = Volatile.Read(ref measured);
        Echo(port, 200_000);
        Assert.Equal(second - first, AllocatedByWorker(console) - second);
        Assert.True(Volatile.Read(ref measured) - before > 200_000 / 256); // Of a ring of 256, and one direction.
    }

    internal static long AllocatedByWorker(TestConsole console)
    {
        long bytes = 0;
        console.OnWorker(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }

    internal static void Echo(RawPort port, int buffers)
    {
        Span<byte> bytes = stackalloc byte[64];
        long sent = 0;
        long back = 0;
        long end = Environment.TickCount64 + 60_000;
        while (back < buffers * 8L)
        {
            for (int i = 0; i < Batch && sent < buffers * 8L && port.TryAdd(bytes[..8]); i++)
            {
                sent += 8;
            }

            port.Transmit.PublishAndKick();
            for (int length = port.TryTake(bytes); length >= 0; length = port.TryTake(bytes))
            {
                back += length;
            }

            port.Receive.PublishAndKick();
            port.Reclaim();
            if (Environment.TickCount64 > end)
            {
                Assert.Fail($"{back} bytes came back");
            }
        }
    }
}
