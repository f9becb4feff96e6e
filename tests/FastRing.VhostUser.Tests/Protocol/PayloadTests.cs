using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Protocol;

/// <summary>The bytes on the wire, as the specification and Linux' linux/vhost.h lay them out.</summary>
public class PayloadTests
{
    [Fact]
    public void A_header_is_request_flags_size()
    {
        byte[] bytes = new byte[VhostUserHeader.SizeBytes];
        var header = new VhostUserHeader(0x01020304, 9, 0x0a0b0c0d);
        header.Write(bytes);
        Assert.Equal([4, 3, 2, 1, 9, 0, 0, 0, 0x0d, 0x0c, 0x0b, 0x0a], bytes);
        Assert.Equal(header, VhostUserHeader.Read(bytes));
        Assert.True(header.IsRequest && header.NeedsReply);
        Assert.False(header.IsReplyTo((VhostUserRequest)0x01020304));
    }

    [Fact]
    public void Only_version_1_and_need_reply_make_a_request()
    {
        for (uint flags = 0; flags < 1024; flags++)
        {
            Assert.Equal(flags is 1 or 9, new VhostUserHeader(1, flags, 0).IsRequest);
        }

        Assert.False(new VhostUserHeader(1, 0x80000001, 0).IsRequest);
    }

    [Fact]
    public void Ring_addresses_come_in_the_order_descriptors_used_available()
    {
        byte[] bytes = new byte[VringAddresses.SizeBytes];
        var addresses = new VringAddresses(new(0x1111), new(0x2222), new(0x3333));
        addresses.Write(bytes, 7);
        Assert.Equal(7u, BitConverter.ToUInt32(bytes));
        Assert.Equal(0x1111UL, BitConverter.ToUInt64(bytes, 8)); // desc_user_addr
        Assert.Equal(0x3333UL, BitConverter.ToUInt64(bytes, 16)); // used_user_addr
        Assert.Equal(0x2222UL, BitConverter.ToUInt64(bytes, 24)); // avail_user_addr
        Assert.Equal(addresses, VringAddresses.Read(bytes, out uint index));
        Assert.Equal(7u, index);
    }

    [Fact]
    public void A_memory_region_is_guest_size_frontend_offset()
    {
        byte[] bytes = new byte[MemoryRegion.PayloadBytes];
        var region = new MemoryRegion(new(0x1111), 0x2222, new(0x3333), 0x4444);
        region.Write(bytes);
        ulong[] words = [.. Enumerable.Range(0, 4).Select(i => BitConverter.ToUInt64(bytes, i * 8))];
        Assert.Equal([0x1111, 0x2222, 0x3333, 0x4444], words);
        Assert.Equal(region, MemoryRegion.Read(bytes));
    }

    [Fact]
    public void Bit_8_beside_a_ring_says_that_no_descriptor_comes()
    {
        Assert.Equal(0x105UL, new VringDescriptorPayload(5, hasDescriptor: false).Value);
        Assert.Equal(0x0ffUL, new VringDescriptorPayload(255, hasDescriptor: true).Value);
        Assert.Equal(255u, new VringDescriptorPayload(0x1ff).Index);
        Assert.Equal(uint.MaxValue, new VringDescriptorPayload(0x200).Index);
    }

    [Theory]
    [InlineData(0u, 12u, true)]
    [InlineData(12u, 0u, true)]
    [InlineData(0u, 13u, false)]
    [InlineData(13u, 0u, false)]
    [InlineData(uint.MaxValue, 2u, false)]
    [InlineData(2u, uint.MaxValue, false)]
    public void A_configuration_range_is_checked_without_overflow(uint offset, uint size, bool inside) =>
        Assert.Equal(inside, new ConfigPayload(offset, size, 0).IsInside(12));

    [Fact]
    public void A_configuration_range_is_no_longer_than_a_message_carries()
    {
        Assert.True(new ConfigPayload(0, 256, 0).IsInside(4096));
        Assert.False(new ConfigPayload(0, 257, 0).IsInside(4096));
    }
}
