using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.Tests.Queues.HostileDriver;

namespace FastRing.Tests.Queues;

/// <summary>A driver that rewrites its ring all the time the device reads it.</summary>
[Collection(nameof(Alone))]
public class RacingDriverTests
{
    [Fact]
    public void Whatever_is_rewritten_between_check_and_use_no_segment_leaves_guest_memory()
    {
        using HostileDriver driver = new();
        for (int i = 0; i < 16; i++)
        {
            driver.Descriptor(i, Buffers, 8);
        }

        bool stop = false;
        var mutator = new Thread(() => Mutate(driver, ref stop));
        mutator.Start();
        try
        {
            int[] outcomes = Read(driver);
            VirtqueueError[] seen =
                [VirtqueueError.None, VirtqueueError.BufferNotMapped, VirtqueueError.NextOutOfRange, VirtqueueError.ReadableAfterWritable];
            Assert.All(seen, error => Assert.True(outcomes[(int)error] > 0, $"never saw {error}"));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            mutator.Join();
        }
    }

    private static int[] Read(HostileDriver driver)
    {
        (nint Start, nint End)[] regions = driver.Guest.Memory.Regions.ToArray()
            .Select(r => (r.HostBase, r.HostBase + (nint)r.SizeBytes)).ToArray();
        var outcomes = new int[Enum.GetValues<VirtqueueError>().Length];
        for (int i = 0; i < 150_000; i++)
        {
            Virtqueue queue = driver.Start((uint)i & 0xf);
            var batch = new ChainBatch(8, ChainDirection.Both);
            queue.Pop(batch);
            outcomes[(int)queue.Error]++;
            foreach (IoVector segment in batch.Segments)
            {
                nint end = checked(segment.Address + (nint)segment.Length);
                Assert.Contains(regions, r => segment.Address >= r.Start && end <= r.End);
                Assert.NotEqual((nuint)0, segment.Length);
            }
        }

        return outcomes;
    }

    private static void Mutate(HostileDriver driver, ref bool stop)
    {
        var random = new Random(9);
        ulong[] addresses = [Buffers, Border - 4, Hole - 8, Hole, Top, ulong.MaxValue - 3, 0, Table, Table + 3];
        uint[] lengths = [1, 8, 16, 32, 160, 0x1000, 0xffff_fff0, 0];
        while (!Volatile.Read(ref stop))
        {
            for (int i = 0; i < 1000; i++)
            {
                ulong table = random.Next(3) == 0 ? Table : driver.Layout.Descriptors.Value;
                ulong at = table + (16UL * (ulong)random.Next(16));
                switch (random.Next(4))
                {
                    case 0: driver.Guest.Write64(at, addresses[random.Next(addresses.Length)]); break;
                    case 1: driver.Guest.Write32(at + 8, lengths[random.Next(lengths.Length)]); break;
                    case 2: driver.Guest.Write16(at + 12, (ushort)random.Next(8)); break;
                    default: driver.Guest.Write16(at + 14, (ushort)random.Next(17)); break;
                }

                driver.Guest.Write16(driver.Layout.Driver.Value + 4 + (2UL * (ulong)random.Next(16)), (ushort)random.Next(16));
                driver.AvailableIndex = (ushort)random.Next(20);
            }
        }
    }
}
