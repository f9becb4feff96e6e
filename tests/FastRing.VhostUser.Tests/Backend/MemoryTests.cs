using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class MemoryTests
{
    private const ulong Page = 4096;

    [Fact]
    public void A_new_table_under_a_running_ring_moves_it()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.SetUp();
        ring.EchoOne();
        ring.EchoOne();

        // The same guest memory in another file: from now on everything happens there.
        using var moved = new DriverMemory(1 << 20);
        ring.Add();
        session.Memory.Bytes(default, 1 << 20).CopyTo(moved.Bytes(default, 1 << 20));
        byte[] old = session.Memory.Bytes(default, 1 << 20).ToArray();
        session.Frontend.SetMemTable([moved.Region], [moved.File]);
        Assert.Equal(3, BinaryPrimitives.ReadUInt16LittleEndian(moved.Bytes(new GuestAddress(ring.Layout.Device.Value + 2), 2)));
        Assert.True(session.Memory.Bytes(default, 1 << 20).SequenceEqual(old), "the old memory was touched");
        Assert.Equal(3u, session.Frontend.GetVringBase(0));
    }

    [Fact]
    public void Removing_the_memory_of_one_ring_breaks_only_that_ring_and_adding_it_again_cures_it()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var far = new DriverMemory(1 << 16, new GuestAddress(0x1_0000_0000));
        session.Frontend.AddMemRegion(far.Region, far.File);
        using var ring = new ManualRing(session.Frontend, far, 0, 16, session.Features);
        var other = new EchoDriver(session, session.StartQueue(1, 64));
        ring.SetUp();
        ring.EchoOne();
        other.Run(10);

        session.Frontend.RemoveMemRegion(far.Region);
        Assert.True(ring.HasError);
        Assert.False(fixture.Device.IsStarted(0));
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);
        ring.Add();
        ring.Kick.Signal();
        other.Run(100);

        session.Frontend.AddMemRegion(far.Region, far.File);
        ring.TakeOne();
        ring.EchoOne();
        other.Run(100);
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);
    }

    [Fact]
    public void Regions_that_stay_keep_their_mapping()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var far = new DriverMemory(1 << 16, new GuestAddress(0x1_0000_0000));
        string before = DriverMappings();
        session.Frontend.AddMemRegion(far.Region, far.File);
        session.Frontend.RemoveMemRegion(far.Region);
        Assert.Equal(before, DriverMappings());
    }

    [Fact]
    public void All_slots_can_be_used_and_not_one_more()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var far = new DriverMemory(Page);
        MemoryRegion Slot(int i) => far.Region with { Guest = new((ulong)(i + 1) << 32), Frontend = new((ulong)(i + 1) << 48 | 1UL << 47) };
        int mappings = ProcessState.Mappings;
        for (int i = 1; i < 509; i++)
        {
            session.Frontend.AddMemRegion(Slot(i), far.File);
        }

        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(Slot(509), far.File));
        Assert.Equal(mappings + 508, ProcessState.Mappings);
        for (int i = 508; i > 0; i--)
        {
            session.Frontend.RemoveMemRegion(Slot(i));
        }

        Assert.Equal(mappings, ProcessState.Mappings);
    }

    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0UL)] // no bytes
    [InlineData(0UL, Page, 0UL, 1UL)] // unaligned offset
    [InlineData(0UL, Page, 0UL, 16 * Page)] // offset at the file's end
    [InlineData(0UL, 17 * Page, 0UL, 0UL)] // longer than the file
    [InlineData(0UL, Page, 0UL, ulong.MaxValue - Page + 1)] // offset and size wrap
    [InlineData(ulong.MaxValue - Page + 2, Page, 0UL, 0UL)] // guest addresses wrap
    [InlineData(0UL, Page, ulong.MaxValue - Page + 2, 0UL)] // frontend addresses wrap
    [InlineData(0UL, ulong.MaxValue, 0UL, 0UL)]
    [InlineData(0UL, 1UL << 46, 0UL, 0UL)] // 64 TiB
    public void A_region_that_can_not_be_is_refused_and_the_table_stays(ulong guest, ulong size, ulong frontend, ulong offset)
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        using OwnedFd file = MemFd.Create("fastring-driver", 16 * Page);
        var region = new MemoryRegion(new(guest), size, new(frontend), offset);
        int mappings = ProcessState.Mappings;
        ProcessState.AssertNoFdLeak(() =>
        {
            Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(region, file));
            Assert.Throws<VhostUserException>(() => session.Frontend.SetMemTable([region], [file]));
            Assert.Throws<VhostUserException>(() => session.Frontend.SetMemTable([session.Memory.Region, region], [session.Memory.File, file]));
        });
        Assert.Equal(mappings, ProcessState.Mappings);
        driver.Run(100);
        Assert.Equal(1, fixture.Device.Starts);
    }

    [Theory]
    [InlineData(0UL, 1UL << 41)] // guest addresses overlap
    [InlineData(1UL << 41, 1UL << 40)] // frontend addresses overlap
    public void Regions_that_overlap_are_refused_and_nothing_is_leaked(ulong guest, ulong frontend)
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        var region = new MemoryRegion(new(guest), Page, new(frontend), 0);
        int mappings = ProcessState.Mappings;
        ProcessState.AssertNoFdLeak(() =>
        {
            Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(region, session.Memory.File));
            Assert.Throws<VhostUserException>(
                () => session.Frontend.SetMemTable([session.Memory.Region, region], [session.Memory.File, session.Memory.File]));
        });
        Assert.Equal(mappings, ProcessState.Mappings);
        driver.Run(100);
    }

    [Fact]
    public void A_file_that_can_not_be_mapped_is_refused()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using EventFd fd = EventFd.Create();
        ProcessState.AssertNoFdLeak(() =>
            Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(new MemoryRegion(new(1UL << 32), Page, new(1UL << 50), 0), fd.Fd)));
    }

    [Fact]
    public void A_file_that_may_only_be_read_is_refused()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using OwnedFd file = MemFd.Create("fastring-driver", 4 * Page);
        using OwnedFd readOnly = OwnedFd.OpenFile($"/proc/self/fd/{file.Fd}", append: false);
        int mappings = ProcessState.Mappings;
        ProcessState.AssertNoFdLeak(() =>
            Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(new MemoryRegion(new(1UL << 32), Page, new(1UL << 50), 0), readOnly)));
        Assert.Equal(mappings, ProcessState.Mappings);
        session.Frontend.AddMemRegion(new MemoryRegion(new(1UL << 32), Page, new(1UL << 50), 0), file);
    }

    [Fact]
    public void Memory_beyond_the_limit_is_refused()
    {
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "test") { MaxMappedBytes = 3 * Page });
        using FrontendSession session = fixture.OpenSession(memoryBytes: 2 * Page);
        MemoryRegion Far(ulong pages) => new(new(1UL << 32), pages * Page, new(1UL << 50), 0);
        using OwnedFd file = MemFd.Create("fastring-driver", 16 * Page);
        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(Far(2), file));
        Assert.Throws<VhostUserException>(() => session.Frontend.SetMemTable([session.Memory.Region, Far(2)], [session.Memory.File, file]));
        session.Frontend.AddMemRegion(Far(1), file);
        session.Frontend.SetMemTable([Far(3)], [file]);
    }

    [Fact]
    public void A_region_is_removed_only_under_its_own_name()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        MemoryRegion region = session.Memory.Region;
        Assert.Throws<VhostUserException>(() => session.Frontend.RemoveMemRegion(region with { Guest = new(Page) }));
        Assert.Throws<VhostUserException>(() => session.Frontend.RemoveMemRegion(region with { Frontend = new(Page) }));
        Assert.Throws<VhostUserException>(() => session.Frontend.RemoveMemRegion(region with { SizeBytes = Page }));
        session.Frontend.RemoveMemRegion(region with { FileOffset = 17 }); // The offset is not part of it.
    }

    [Fact]
    public void Removing_a_region_may_bring_a_descriptor_which_is_closed()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        using var memory = new DriverMemory(Page);
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.ConfigureMemSlots);
        byte[] payload = new byte[40];
        memory.Region.Write(payload.AsSpan(8));
        ProcessState.AssertNoFdLeak(() =>
        {
            Assert.Equal(0UL, frontend.Acknowledged(VhostUserRequest.AddMemReg, payload, memory.File));
            Assert.Equal(0UL, frontend.Acknowledged(VhostUserRequest.RemMemReg, payload, memory.File));
        });
    }

    [Fact]
    public void A_table_may_be_padded_but_not_cut()
    {
        using var fixture = new BackendFixture();
        using var memory = new DriverMemory(Page);
        byte[] table = new byte[8 + 64];
        table[0] = 1;
        memory.Region.Write(table.AsSpan(8));
        using (RawFrontend padded = fixture.ConnectRaw())
        {
            padded.SetProtocolFeatures(ProtocolFeatures.ReplyAck);
            Assert.Equal(0UL, padded.Acknowledged(VhostUserRequest.SetMemTable, table, memory.File));
        }

        foreach (byte count in (byte[])[3, 9, 255])
        {
            using RawFrontend cut = fixture.ConnectRaw();
            table[0] = count;
            cut.Send(VhostUserRequest.SetMemTable, table, [.. Enumerable.Repeat(memory.File, Math.Min((int)count, 8))]);
            Assert.True(cut.IsClosedByBackend());
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(8, 7)]
    public void A_table_whose_regions_and_descriptors_do_not_match_closes_the_connection(int regions, int fds)
    {
        using var fixture = new BackendFixture();
        using var memory = new DriverMemory(Page);
        ProcessState.AssertNoFdLeak(() =>
        {
            using RawFrontend frontend = fixture.ConnectRaw();
            byte[] table = new byte[8 + (32 * regions)];
            table[0] = (byte)regions;
            frontend.Send(VhostUserRequest.SetMemTable, table, [.. Enumerable.Repeat(memory.File, fds)]);
            Assert.True(frontend.IsClosedByBackend());
        });
        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Payload));
    }

    [Fact]
    public void An_empty_table_takes_the_memory_away()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue queue = session.StartQueue(0, 64);
        new EchoDriver(session, queue).Run(10);
        int mappings = ProcessState.Mappings;
        session.Frontend.SetMemTable([], []);
        Assert.Equal(mappings - 1, ProcessState.Mappings);
        Assert.Equal(1, queue.Error.Drain());
        Assert.Equal(10u, queue.Stop());
    }

    /// <summary>Where the mappings lie, the test's own and the backend's.</summary>
    private static string DriverMappings() => string.Join(
        '\n', File.ReadLines("/proc/self/maps").Where(line => line.Contains("memfd:fastring-driver", StringComparison.Ordinal)));
}
