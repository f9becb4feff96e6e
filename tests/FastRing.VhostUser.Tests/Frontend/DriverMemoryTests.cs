using FastRing.Memory;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Frontend;

public class DriverMemoryTests
{
    [Fact]
    public void Parts_are_aligned_and_do_not_overlap()
    {
        using var memory = new DriverMemory(4096, new GuestAddress(0x10000));
        Assert.Equal(new GuestAddress(0x10000), memory.Allocate(1));
        Assert.Equal(new GuestAddress(0x10040), memory.Allocate(100));
        Assert.Equal(new GuestAddress(0x10400), memory.Allocate(1, alignment: 1024));
    }

    [Fact]
    public void What_is_not_there_can_not_be_had()
    {
        using var memory = new DriverMemory(4096);
        Assert.Throws<InvalidOperationException>(() => memory.Allocate(4097));
        memory.Allocate(4096);
        Assert.Throws<InvalidOperationException>(() => memory.Allocate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Bytes(new GuestAddress(4095), 2).Length);
    }

    [Fact]
    public void Frontend_addresses_are_not_guest_addresses()
    {
        using var memory = new DriverMemory(4096, new GuestAddress(0x10000));
        Assert.True(memory.Map.TryToGuest(DriverMemory.ToFrontend(new GuestAddress(0x10010)), 1, out GuestAddress guest));
        Assert.Equal(new GuestAddress(0x10010), guest);
        Assert.False(memory.Map.TryToGuest(new FrontendAddress(0x10010), 1, out _));
    }
}
