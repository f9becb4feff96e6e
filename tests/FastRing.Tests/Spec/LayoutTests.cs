using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Spec;

/// <summary>Sizes, offsets and numbers as virtio 1.2, 2.7, 2.8 and 6 have them: of the structures, and of what the two sides write.</summary>
public class LayoutTests
{
    private static readonly byte[] s_counting = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    [Fact]
    public void A_split_descriptor_is_addr_len_flags_next()
    {
        Assert.Equal(16, Unsafe.SizeOf<VirtqDescriptor>());
        Assert.Equal(16, VirtqDescriptor.SizeBytes);
        Assert.Equal(s_counting, Bytes(new VirtqDescriptor(0x0706_0504_0302_0100, 0x0b0a_0908, (DescriptorFlags)0x0d0c, 0x0f0e)));
    }

    [Fact]
    public void A_packed_descriptor_is_addr_len_id_flags()
    {
        Assert.Equal(16, Unsafe.SizeOf<PackedDescriptor>());
        Assert.Equal(16, PackedDescriptor.SizeBytes);
        Assert.Equal(s_counting, Bytes(new PackedDescriptor(0x0706_0504_0302_0100, 0x0b0a_0908, 0x0d0c, (DescriptorFlags)0x0f0e)));
    }

    [Fact]
    public void Event_suppression_is_desc_flags()
    {
        Assert.Equal(4, Unsafe.SizeOf<EventSuppression>());
        Assert.Equal(s_counting[..4], Bytes(new EventSuppression(0x0100, 0x0302)));
        Assert.Equal((0, 1, 2), (EventSuppression.Enable, EventSuppression.Disable, EventSuppression.Descriptor));
    }

    [Fact]
    public void Flags_are_the_specs()
    {
        Assert.Equal((1, 2, 4), ((int)DescriptorFlags.Next, (int)DescriptorFlags.Write, (int)DescriptorFlags.Indirect));
        Assert.Equal((1 << 7, 1 << 15), ((int)DescriptorFlags.Available, (int)DescriptorFlags.Used));
        Assert.Equal((1, 1), (RingFlags.NoInterrupt, RingFlags.NoNotify));
    }

    [Theory]
    [InlineData(VirtioFeatures.IndirectDescriptors, 28)]
    [InlineData(VirtioFeatures.EventIndex, 29)]
    [InlineData(VirtioFeatures.Version1, 32)]
    [InlineData(VirtioFeatures.RingPacked, 34)]
    [InlineData(VirtioFeatures.InOrder, 35)]
    [InlineData(VirtioFeatures.NotificationData, 38)]
    [InlineData(VirtioFeatures.RingReset, 40)]
    public void Feature_bits_are_the_specs(ulong feature, int bit) => Assert.Equal(1UL << bit, feature);

    [Theory]
    [InlineData(0, 1, 16, 8, 14)]
    [InlineData(0, 256, 4096, 518, 2054)]
    [InlineData(0, 32768, 524288, 65542, 262150)]
    [InlineData(VirtioFeatures.RingPacked, 1, 16, 4, 4)]
    [InlineData(VirtioFeatures.RingPacked, 255, 4080, 4, 4)]
    [InlineData(VirtioFeatures.RingPacked, 32768, 524288, 4, 4)]
    public void Areas_are_as_long_as_the_spec_says(ulong features, int size, int descriptors, int driver, int device)
    {
        Assert.Equal((ulong)descriptors, RingLayout.DescriptorBytes((uint)size));
        Assert.Equal((ulong)driver, RingLayout.DriverBytes((uint)size, features));
        Assert.Equal((ulong)device, RingLayout.DeviceBytes((uint)size, features));

        RingLayout layout = RingLayout.At(new(0x1001), (ushort)size, features);
        Assert.InRange(layout.Descriptors.Value, 0x1001UL, 0x1080UL);
        Assert.True(layout.Driver.Value >= layout.Descriptors.Value + (ulong)descriptors);
        Assert.True(layout.Device.Value >= layout.Driver.Value + (ulong)driver);
        Assert.True(layout.End.Value >= layout.Device.Value + (ulong)device);
    }

    [Fact]
    public void Both_sides_of_a_split_ring_write_where_the_spec_says()
    {
        using var pair = new QueuePair(4, VirtioFeatures.EventIndex);
        ulong driver = pair.Setup.Driver.Value;
        ulong device = pair.Setup.Device.Value;
        GoRound(pair);
        GoRound(pair, writable: 0x30, written: 7);

        // The second chain: its descriptor, its head, its used element, and the event indices behind the rings of 4.
        ushort head = pair.Guest.Read16(driver + 4 + 2);
        ulong descriptor = pair.Setup.Descriptors.Value + (16UL * head);
        Assert.Equal((0x1234UL, 0x30U, 2), (pair.Guest.Read64(descriptor), pair.Guest.Read32(descriptor + 8), pair.Guest.Read16(descriptor + 12)));
        Assert.Equal((0, 2), (pair.Guest.Read16(driver), pair.Guest.Read16(driver + 2)));
        Assert.Equal((0, 2), (pair.Guest.Read16(device), pair.Guest.Read16(device + 2)));
        Assert.Equal((head, 7U), (pair.Guest.Read32(device + 4 + 8), pair.Guest.Read32(device + 4 + 8 + 4)));
        Assert.Equal((2, 2), (pair.Guest.Read16(driver + 4 + (2 * 4)), pair.Guest.Read16(device + 4 + (8 * 4))));
    }

    [Fact]
    public void Both_sides_of_a_packed_ring_write_where_the_spec_says()
    {
        using var pair = new QueuePair(4, VirtioFeatures.EventIndex | VirtioFeatures.RingPacked);
        GoRound(pair);
        ulong descriptor = pair.Setup.Descriptors.Value + 16;
        Assert.True(pair.Driver.TryAdd(new DriverBuffer(new(0x1234), 0x30), writable: true, 0));
        pair.Driver.Publish();
        Assert.Equal((0x1234UL, 0x30U, 0x0082), (pair.Guest.Read64(descriptor), pair.Guest.Read32(descriptor + 8), pair.Guest.Read16(descriptor + 14)));
        ushort id = pair.Guest.Read16(descriptor + 12);
        Serve(pair, written: 7);
        Assert.Equal((7U, id, 0x8082), (pair.Guest.Read32(descriptor + 8), pair.Guest.Read16(descriptor + 12), pair.Guest.Read16(descriptor + 14)));

        // Both ask to be notified of the third descriptor, in the first round.
        foreach (ulong events in new[] { pair.Setup.Driver.Value, pair.Setup.Device.Value })
        {
            Assert.Equal((0x8002, 2), (pair.Guest.Read16(events), pair.Guest.Read16(events + 2)));
        }
    }

    private static void GoRound(QueuePair pair, uint writable = 8, uint written = 8)
    {
        Assert.True(pair.Driver.TryAdd(new DriverBuffer(new(0x1234), writable), writable: true, 0));
        pair.Driver.Publish();
        Serve(pair, written);
    }

    private static void Serve(QueuePair pair, uint written)
    {
        var batch = new ChainBatch(1, ChainDirection.Both);
        Assert.Equal(1, pair.Device.Pop(batch));
        batch[0].Written = written;
        pair.Device.Complete(batch, 1);
        pair.Device.Publish();
        Assert.False(pair.Device.EnableNotifications());
        Assert.True(pair.Driver.TryTakeUsed(out UsedBuffer used));
        Assert.Equal(written, used.Written);
        Assert.False(pair.Driver.EnableNotifications());
    }

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
