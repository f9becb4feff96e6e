using System.Globalization;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Tests.Support;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>The guest's pages stop counting as the device's while nothing happens.</summary>
public class ResidentMemoryTests
{
    private const uint Chains = 64;
    private const uint BufferBytes = 64 << 10;

    [Fact]
    public void A_quiet_session_gives_its_resident_pages_back_and_goes_on_when_used()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(memoryBytes: 32 << 20);
        FrontendQueue queue = session.StartQueue(0, 256);
        GuestAddress buffers = session.Memory.Allocate(2 * Chains * BufferBytes);
        Echo(queue, buffers);
        long used = SharedResidentKiB();

        // The driver's own mapping, in this process too, stays.
        const long DeviceKiB = 2 * Chains * BufferBytes / 1024;
        bool given = SpinWait.SpinUntil(() => SharedResidentKiB() <= used - (DeviceKiB / 2), TimeSpan.FromSeconds(30));
        Assert.True(given, $"{used} KiB were resident and {SharedResidentKiB()} KiB still are");
        Echo(queue, buffers);
    }

    private static void Echo(FrontendQueue queue, GuestAddress buffers)
    {
        for (uint i = 0; i < Chains; i++)
        {
            var readable = new DriverBuffer(new(buffers.Value + (2 * i * BufferBytes)), BufferBytes);
            var writable = new DriverBuffer(new(readable.Address.Value + BufferBytes), BufferBytes);
            Assert.True(queue.Ring.TryAdd([readable], [writable], i));
        }

        queue.PublishAndKick();
        for (int i = 0; i < Chains; i++)
        {
            Assert.True(queue.WaitUsed(out UsedBuffer used, 30_000));
            Assert.Equal(BufferBytes, used.Written);
        }
    }

    private static long SharedResidentKiB() => long.Parse(
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("RssShmem:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
