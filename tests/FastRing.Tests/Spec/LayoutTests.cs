using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Spec;

/// <summary>Sizes and offsets as virtio 1.2, 2.7 has them.</summary>
public class LayoutTests
{
    [Fact]
    public void A_descriptor_has_its_fields_where_the_spec_has_them()
    {
        var descriptor = new VirtqDescriptor(0x0706_0504_0302_0100, 0x0b0a_0908, (DescriptorFlags)0x0d0c, 0x0f0e);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<VirtqDescriptor>(in descriptor));
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (byte)i), bytes.ToArray());
        Assert.Equal(VirtqDescriptor.SizeBytes, Unsafe.SizeOf<VirtqDescriptor>());
    }

    [Fact]
    public void Flags_and_feature_bits_are_the_specs()
    {
        Assert.Equal((1, 2, 4), ((int)DescriptorFlags.Next, (int)DescriptorFlags.Write, (int)DescriptorFlags.Indirect));
        Assert.Equal((1, 1), (RingFlags.NoInterrupt, RingFlags.NoNotify));
        Assert.Equal((28, 29, 32), (Bit(VirtioFeatures.IndirectDescriptors), Bit(VirtioFeatures.EventIndex), Bit(VirtioFeatures.Version1)));

        static int Bit(ulong mask) => System.Numerics.BitOperations.Log2(mask);
    }

    [Theory]
    [InlineData(1, 16, 8, 14)]
    [InlineData(256, 4096, 518, 2054)]
    [InlineData(32768, 524288, 65542, 262150)]
    public void Areas_are_as_long_as_the_spec_says(int size, int descriptors, int driver, int device)
    {
        Assert.Equal((ulong)descriptors, SplitRingLayout.DescriptorBytes((uint)size));
        Assert.Equal((ulong)driver, SplitRingLayout.AvailableBytes((uint)size));
        Assert.Equal((ulong)device, SplitRingLayout.UsedBytes((uint)size));

        SplitRingLayout layout = SplitRingLayout.At(new GuestAddress(0x1001), (ushort)size);
        Assert.Equal(0x1040UL, layout.Descriptors.Value);
        Assert.True(layout.Driver.Value >= layout.Descriptors.Value + (ulong)descriptors);
        Assert.True(layout.Device.Value >= layout.Driver.Value + (ulong)driver);
        Assert.True(layout.End.Value >= layout.Device.Value + (ulong)device);
        Assert.Equal(0UL, layout.Device.Value % 64);
    }
}
