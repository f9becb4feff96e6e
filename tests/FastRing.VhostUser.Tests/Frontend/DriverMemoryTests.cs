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
        Assert.Equal(new GuestAddress(0x10080), memory.Allocate(100));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Memory_is_there_from_the_beginning_when_that_was_asked_for(bool prefault)
    {
        using var memory = new DriverMemory(1 << 20, options: new DriverMemoryOptions { Prefault = prefault });
        Assert.Equal(prefault ? 1024 : 0, ProcessState.DriverMemoryKiB("Rss"));
    }

    [Fact]
    public void Huge_pages_are_used_where_they_are_free_and_asked_for_in_vain_else()
    {
        // Both ends of it, whatever this machine has: two pages, and more than anybody has.
        long free = HugePagesFree();
        try
        {
            using var memory = new DriverMemory(3 << 20, options: new DriverMemoryOptions { HugePages = true });
            Assert.Equal(4UL << 20, memory.Region.SizeBytes);
            Assert.Equal(2048, ProcessState.DriverMemoryKiB("KernelPageSize"));
            memory.Bytes(new GuestAddress(0), 4 << 20).Fill(1); // They are there.
        }
        catch (IOException e)
        {
            Assert.True(Math.Min(free, HugePagesFree()) < 2, e.ToString());
            Assert.StartsWith("no 2 free huge pages of 2 MiB", e.Message, StringComparison.Ordinal);
        }

        ProcessState.AssertNoFdLeak(() =>
            Assert.ThrowsAny<IOException>(() => new DriverMemory(1UL << 44, options: new DriverMemoryOptions { HugePages = true })));
    }

    private static long HugePagesFree() => long.Parse(
        System.IO.File.ReadLines("/proc/meminfo").Single(line => line.StartsWith("HugePages_Free:", StringComparison.Ordinal)).Split(' ')[^1],
        System.Globalization.CultureInfo.InvariantCulture);
}
