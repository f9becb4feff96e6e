using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models;

/// <summary>
/// A device that goes as far as VIRTIO_F_IN_ORDER lets it (virtio 1.2, 2.7.9 and 2.8.11): one used element, at the place of a run's first chain,
/// with the id of its last. Ours never skips a chain it could have written to; others do.
/// </summary>
public class SkippedBuffersTests
{
    private static readonly uint[] s_room = [8, 0, 24, 16];

    [Theory]
    [InlineData(VirtioFeatures.InOrder)]
    [InlineData(VirtioFeatures.InOrder | VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.InOrder | VirtioFeatures.RingPacked)]
    [InlineData(VirtioFeatures.InOrder | VirtioFeatures.RingPacked | VirtioFeatures.EventIndex)]
    public void A_driver_takes_the_buffers_a_device_skips_for_used_completely(ulong features)
    {
        using var pair = new QueuePair(4, features);
        for (ulong token = 0; token < 24; token += 4)
        {
            var popped = new DescriptorChain[4];
            Offer(pair, token);
            int segments = 0;
            Assert.Equal(4, pair.Device.PopBatch(popped, new Interop.IoVector[4], ref segments, ChainDirection.Both));
            if ((features & VirtioFeatures.RingPacked) != 0)
            {
                // All four places, so it begins where the round does; AVAIL and USED equal the wrap counter.
                ulong at = pair.Setup.Descriptors.Value;
                bool wrap = token / 4 % 2 == 0;
                pair.Guest.Write32(at + 8, 3);
                pair.Guest.Write16(at + 12, popped[3].Id);
                pair.Guest.Write16(at + 14, (ushort)(DescriptorFlags.Write | (wrap ? DescriptorFlags.Available | DescriptorFlags.Used : 0)));
            }
            else
            {
                ulong at = pair.Setup.Device.Value;
                pair.Guest.Write32(at + 4, popped[3].Id);
                pair.Guest.Write32(at + 8, 3);
                pair.Guest.Write16(at + 2, (ushort)(token + 4));
            }

            TakeAll(pair, token);
            pair.Restart(Bases.Of((long)token + 4, 4, (features & VirtioFeatures.RingPacked) != 0));
        }
    }

    private static void Offer(QueuePair pair, ulong token)
    {
        foreach (uint room in s_room)
        {
            var buffer = new DriverBuffer(new(0x100), Math.Max(room, 1));
            Assert.True(pair.Driver.TryAdd(buffer, writable: room > 0, token++));
        }

        pair.Driver.Publish();
    }

    private static void TakeAll(QueuePair pair, ulong token)
    {
        for (int i = 0; i < s_room.Length; i++)
        {
            Assert.True(pair.Driver.EnableNotifications());
            Assert.True(pair.Driver.TryTakeUsed(out UsedBuffer used));
            Assert.Equal(new UsedBuffer(token + (ulong)i, i == s_room.Length - 1 ? 3 : s_room[i]), used);
            Assert.Equal(i + 1, pair.Driver.Free);
        }

        Assert.False(pair.Driver.EnableNotifications());
        Assert.False(pair.Driver.IsBroken);
    }
}
