using System.Buffers.Binary;
using FastRing.Console.Driver;
using FastRing.Console.Recovery;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Console.Tests.Recovery;

/// <summary>Areas that somebody who means harm has had: refused by name, or taken for what they say, and nobody is hurt.</summary>
[Collection(nameof(Alone))]
public sealed class ForgedAreaTests
{
    private static readonly AreaLayout s_layout = new(4);

    [Fact]
    public void What_is_wrong_is_named_and_the_device_is_fresh()
    {
        using KilledConsole console = Conversed();
        byte[] memory = console.Snapshot();
        byte[] whole = console.Area;
        Is("area: magic: this is no console's", a => a[AreaLayout.Magic] ^= 1);
        Is("area: max ports: 5 in the area, 4 here", a => a[AreaLayout.Ports]++);
        Is("checksum: the state was damaged on its way", a => a[s_layout.Record(0) + 100] = a[s_layout.Record(1) + 100] ^= 1);
        Is("length: 65 bytes are announced, and there are 64", a => Both(a, record => BinaryPrimitives.WriteUInt32LittleEndian(a.AsSpan(record + 32 + 16), 65), length: 24 + 64));
        Is("area: record: there is none", a => Both(a, _ => { }, length: uint.MaxValue));
        Is("magic: this is no device state", a => Both(a, _ => { }, length: 0));
        Restore(console, memory, whole);
        Assert.Null(console.Recover());
        console.Forget();

        void Is(string why, Action<byte[]> forge)
        {
            byte[] forged = [.. whole];
            forge(forged);
            Restore(console, memory, forged);
            Assert.Equal(why, console.Recover());
            Assert.False(console.Device.IsDriverReady);
            console.Forget();
        }

        static void Both(byte[] area, Action<int> forge, ulong length)
        {
            for (int slot = 0; slot < 2; slot++)
            {
                forge(s_layout.Record(slot));
                BinaryPrimitives.WriteUInt64LittleEndian(area.AsSpan(s_layout.Record(slot) + 24), length);
            }
        }
    }

    [Fact]
    public void An_area_for_other_features_is_refused()
    {
        using var console = new KilledConsole(Options, ~VirtioFeatures.RingPacked);
        console.Life.OnWorker(() =>
        {
            console.Device.FeaturesNegotiated(1);
            console.Device.Keep();
            console.Device.FeaturesNegotiated(3);
            console.Device.Keep();
            console.Device.FeaturesNegotiated(5);
            console.Device.Keep();
        });
        Assert.StartsWith("features: 0x3 in the area, ", console.Recover(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_is_in_an_area_harms_nobody(bool concurrently)
    {
        using KilledConsole console = Conversed();
        byte[] memory = console.Snapshot();
        byte[] whole = console.Area;
        var random = new Random(7);
        int refused = 0;
        const int Rounds = 250;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] forged = [.. whole];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                int at = random.Next(s_layout.SizeBytes / 8) * 8;
                at = i % 2 == 0 ? Math.Min(at, s_layout.Record(0) - 8) : at;
                BinaryPrimitives.WriteUInt64LittleEndian(forged.AsSpan(at), random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, 2 => (ulong)random.Next(100), _ => (ulong)random.NextInt64() });
            }

            Restore(console, memory, forged);
            using var over = new CancellationTokenSource();
            Task flips = concurrently ? Task.Run(() => Flip(console, round, over.Token), CancellationToken.None) : Task.CompletedTask;
            refused += console.Recover() is null ? 0 : 1;
            for (int i = 0; i < 4; i++)
            {
                console.Life.OnWorker(static () => { });
            }

            await over.CancelAsync();
            await flips;
            Assert.Empty(console.Life.Broken);
            console.Forget(); // Which looks for faults.
        }

        Assert.InRange(refused, 1, concurrently ? Rounds : Rounds - 1); // Both happen, or this shows little. One who writes all the while may be quick enough each time.
    }

    private static void Flip(KilledConsole console, int seed, CancellationToken over)
    {
        var random = new Random(seed);
        console.WithArea(area =>
        {
            while (!over.IsCancellationRequested)
            {
                area.Store(random.Next(s_layout.SizeBytes / 8) * 8, (ulong)random.NextInt64());
            }
        });
    }

    private static void Restore(KilledConsole console, byte[] memory, byte[] area)
    {
        console.Restore(memory);
        console.WithArea(a => a.Write(0, area));
    }

    /// <summary>A driver has spoken on every queue and waits, and the process is as good as killed.</summary>
    private static KilledConsole Conversed()
    {
        var console = new KilledConsole(Options, ~VirtioFeatures.RingPacked);
        using var driver = new ConsoleDriver(console, 4, new DriverBuffers(ReceiveCount: 8, ReceiveBytes: 500, TransmitCount: 4, TransmitBytes: 500));
        DriverPort port = RecoveredDeviceTests.Open(console, driver, "session");
        for (int i = 0; i < 5; i++)
        {
            port.TryWrite(Pattern.Bytes(i * 500, 500));
            RecoveredDeviceTests.Until(driver, () => port.TryRead(new byte[100]) > 0, "something read");
        }

        Assert.Null(console.Recover());
        console.Life.OnWorker(static () => { });
        console.Forget();
        return console;
    }

    private static ConsoleOptions Options()
    {
        var client = new ResumableClient { ToSend = 5000 };
        return new ConsoleOptions { MaxPorts = 4, Ports = [new PortOptions("session", new ResumableEndpoint(client)), new PortOptions("file", new TestEndpoint())] };
    }
}
