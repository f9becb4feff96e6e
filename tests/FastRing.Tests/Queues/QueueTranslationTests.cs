using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;
using static FastRing.Spec.DescriptorFlags;

namespace FastRing.Tests.Queues;

/// <summary>Rings whose driver says I/O virtual addresses. Its memory lies there page by page in another order than it does here.</summary>
public sealed class QueueTranslationTests : IDisposable
{
    private const ulong Page = 4096;
    private const ulong Pages = 64;
    private const ulong RingAt = 0xdead_0000_0000;
    private const ulong BuffersAt = 0xffff_ffff_fff0_0000; // The last MiB there is, but for what is behind it.
    private const ulong MemoryAt = 1 << 20;

    private readonly TestGuest _guest = new((MemoryAt, Pages * Page));
    private readonly Iotlb _iotlb = new();
    private readonly List<IotlbMiss> _asked = [];
    private readonly QueueTranslation _translation;

    public QueueTranslationTests() => _translation = new QueueTranslation(_iotlb, () => _asked.Add(_translation!.Miss!.Value));

    public static TheoryData<ulong> Layouts { get; } =
        [VirtioFeatures.IndirectDescriptors, VirtioFeatures.IndirectDescriptors | VirtioFeatures.RingPacked, VirtioFeatures.IndirectDescriptors | VirtioFeatures.InOrder];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_buffer_over_pages_that_lie_anywhere_is_found_piece_by_piece(ulong features)
    {
        using HostileRing driver = Start(features, out Virtqueue queue);
        Know(BuffersAt, 20);
        Know(BuffersAt + Page, 7);
        Know(BuffersAt + (2 * Page), 40);
        _guest.Span(PageOf(20) + Page - 3, 3).Fill(1);
        _guest.Span(PageOf(7), 4096).Fill(2);
        _guest.Span(PageOf(40), 5).Fill(3);

        driver.OfferChain(new HostileBuffer(BuffersAt + Page - 3, 4096 + 3 + 5));
        var batch = new ChainBatch(4, ChainDirection.Readable);
        Assert.Equal(1, queue.Pop(batch));

        byte[] bytes = [.. batch.Segments.ToArray().SelectMany(segment => segment.Span.ToArray())];
        Assert.Equal([.. Enumerable.Repeat((byte)1, 3), .. Enumerable.Repeat((byte)2, 4096), .. Enumerable.Repeat((byte)3, 5)], bytes);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void An_indirect_table_is_translated_too_and_may_lie_over_pages(ulong features)
    {
        using HostileRing driver = Start(features, out Virtqueue queue);
        ulong table = BuffersAt + Page - 16; // Its first entry is the last of a page.
        Know(BuffersAt, 20);
        Know(BuffersAt + Page, 7);
        Know(BuffersAt + (2 * Page), 40);
        WriteTable(driver, table, PageOf(20) + Page - 16, PageOf(7), new(BuffersAt + (2 * Page), 8), new(BuffersAt + (2 * Page) + 8, 8, Write));

        var batch = new ChainBatch(4, ChainDirection.Both);
        Assert.Equal(1, queue.Pop(batch));

        Assert.Equal([_guest.Host(PageOf(40)), _guest.Host(PageOf(40) + 8)], batch.Segments.ToArray().Select(segment => segment.Address));
        Assert.Equal(1UL, queue.Counters.IndirectChains);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_chain_that_is_not_translated_waits_on_the_ring_with_those_behind_it(ulong features)
    {
        using HostileRing driver = Start(features, out Virtqueue queue);
        Know(BuffersAt, 20);
        driver.OfferChain(new HostileBuffer(BuffersAt, 8));
        driver.OfferChain(new HostileBuffer(BuffersAt, 8), new HostileBuffer(BuffersAt + Page + 100, 8, Write));
        driver.OfferChain(new HostileBuffer(BuffersAt, 8));
        var batch = new ChainBatch(8, ChainDirection.Both);

        Assert.Equal(1, queue.Pop(batch));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, queue.Pop(batch));
            Assert.True(queue.HasAvailable);
            Assert.False(queue.EnableNotifications());
        }

        Assert.Equal([new IotlbMiss(BuffersAt + Page + 100, IotlbAccess.Write)], _asked);
        Assert.False(_translation.Answer(IovaRange.Of(BuffersAt, Page)));
        Know(BuffersAt + Page, 7);
        Assert.True(_translation.Answer(IovaRange.Of(BuffersAt + Page, Page)));
        Assert.True(queue.EnableNotifications());
        Assert.Equal(2, queue.Pop(batch));
        Assert.Equal(VirtqueueError.None, queue.Error);
        Assert.Single(_asked);
    }

    [Fact]
    public void A_place_with_other_permissions_is_asked_for_once_and_then_denied()
    {
        using HostileRing driver = Start(0, out Virtqueue queue);
        Know(BuffersAt, 20, IotlbAccess.Read);
        driver.OfferChain(new HostileBuffer(BuffersAt, 8, Write));
        var batch = new ChainBatch(8, ChainDirection.Both);

        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.None, queue.Error);
        Assert.Equal([new IotlbMiss(BuffersAt, IotlbAccess.Write)], _asked);
        Assert.True(_translation.Answer(IovaRange.Of(BuffersAt, Page)));
        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.AccessDenied, queue.Error);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void What_is_used_is_the_rings_own_and_what_was_popped_until_it_is_given_back(ulong features)
    {
        using HostileRing driver = Start(features, out Virtqueue queue);
        IovaRange first = IovaRange.Of(BuffersAt, Page);
        IovaRange second = IovaRange.Of(BuffersAt + Page, Page);
        Know(BuffersAt, 20);
        Know(BuffersAt + Page, 7);
        driver.OfferChain(new HostileBuffer(BuffersAt + 8, 8));
        driver.OfferChain(new HostileBuffer(BuffersAt + Page + 8, 8));
        var batch = new ChainBatch(8, ChainDirection.Both);

        Assert.False(_translation.Uses(first));
        Assert.Equal(2, queue.Pop(batch));
        _iotlb.Clear(); // What is not known any more is used all the same.
        Assert.True(_translation.Uses(first) && _translation.Uses(second));
        queue.Complete(batch, 1);
        Assert.Equal((false, true), (_translation.Uses(first), _translation.Uses(second)));
        queue.PutBack(batch);
        Assert.False(_translation.Uses(second));
        foreach (GuestAddress area in (GuestAddress[])[Setup(features).Descriptors, Setup(features).Driver, Setup(features).Device])
        {
            Assert.True(_translation.Uses(new IovaRange(area.Value, area.Value)));
        }

        _translation.Reset();
        Assert.False(_translation.Uses(IovaRange.All));
    }

    [Fact]
    public void An_id_a_driver_offers_twice_is_used_until_both_are_given_back()
    {
        using var driver = (HostileSplitRing)Start(0, out Virtqueue queue);
        Know(BuffersAt, 20);
        Know(BuffersAt + Page, 7);
        driver.Descriptor(3, BuffersAt, 8);
        driver.Offer(3);
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, queue.Pop(batch));
        driver.Descriptor(3, BuffersAt + Page, 8);
        driver.Offer(3);
        Assert.Equal(1, queue.Pop(batch));

        queue.Complete(batch, 1);
        Assert.True(_translation.Uses(IovaRange.Of(BuffersAt + Page, Page)));
        queue.Complete(batch, 1);
        Assert.False(_translation.Uses(IovaRange.Of(BuffersAt, 2 * Page)));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Nothing_is_allocated_for_a_buffer(ulong features)
    {
        using HostileRing driver = Start(features, out Virtqueue queue);
        Know(BuffersAt, 20);
        var batch = new ChainBatch(8, ChainDirection.Both);
        long allocated = 0;
        for (int i = 0; i < 40; i++)
        {
            driver.OfferChain(new HostileBuffer(BuffersAt, 8), new HostileBuffer(BuffersAt + 8, 8, Write));
            long before = GC.GetAllocatedBytesForCurrentThread();
            int popped = queue.Pop(batch);
            queue.Complete(batch, popped);
            queue.Publish();
            _translation.Uses(IovaRange.Of(0, Page));
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(1, popped);
        }

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_chain_of_more_pages_than_can_be_known_at_once_breaks_the_ring()
    {
        using HostileRing driver = Start(0, out Virtqueue queue);
        const ulong Many = (Iotlb.MaxEntries / 2) + 1;
        for (ulong i = 0; i < Many; i++)
        {
            Know((1UL << 40) + (i * Page), i % 8);
        }

        driver.OfferChain(new HostileBuffer(1UL << 40, (uint)((Many - 1) * Page)));
        driver.OfferChain(new HostileBuffer(1UL << 40, (uint)(Many * Page)));
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, queue.Pop(batch));
        queue.Complete(batch, 1);
        Assert.Equal(0, queue.Pop(batch));
        Assert.Equal(VirtqueueError.TooManySegments, queue.Error);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_ring_is_asked_for_area_by_area_and_starts_when_all_are_known(ulong features)
    {
        VirtqueueSetup setup = Setup(features);
        for (int i = 0; Virtqueue.TryCreate(setup, _translation, out Virtqueue? queue) is var error && error != VirtqueueError.None; i++)
        {
            Assert.Equal((VirtqueueError.NotTranslated, null), (error, queue));
            Assert.Equal(i + 1, _asked.Count);
            ulong page = _asked[^1].Address & ~(Page - 1);
            Know(page, (page - RingAt) / Page);
            Assert.True(_translation.Answer(IovaRange.Of(page, Page)));
        }

        Assert.Equal(3, _asked.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Chains_in_flight_when_a_process_ended_wait_for_their_translation_and_come_before_others(ulong features)
    {
        using OwnedFd file = MemFd.Create("fastring-test", Page);
        using MappedRegion mapping = MappedRegion.Map(file, 0, Page);
        VirtqueueSetup setup = Setup(features) with { Inflight = new RecoveryArea(mapping, 0, InflightRegion.BytesFor(16)) };
        using HostileRing driver = Start(features, out _);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, _translation, out Virtqueue? killed));
        Know(BuffersAt, 20);
        Know(BuffersAt + Page, 7);
        driver.OfferChain(new HostileBuffer(BuffersAt, 8));
        driver.OfferChain(new HostileBuffer(BuffersAt + Page, 8));
        driver.OfferChain(new HostileBuffer(BuffersAt + 16, 8));
        DescriptorChain[] chains = new DescriptorChain[4];
        int segments = 0;
        Assert.Equal(3, killed!.PopBatch(chains, new IoVector[4], ref segments, ChainDirection.Both));
        killed.Complete([chains[2]]);
        killed.Publish();

        _translation.Reset();
        _iotlb.Remove(IovaRange.Of(BuffersAt + Page, Page));
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, _translation, out Virtqueue? queue));
        driver.OfferChain(new HostileBuffer(BuffersAt + 32, 8));
        var batch = new ChainBatch(8, ChainDirection.Both);
        Assert.Equal(1, queue!.Pop(batch));
        Assert.Equal(0, queue.Pop(batch));
        Assert.False(queue.EnableNotifications());
        Assert.Equal([new IotlbMiss(BuffersAt + Page, IotlbAccess.Read)], _asked);
        Know(BuffersAt + Page, 7);
        Assert.True(_translation.Answer(IovaRange.Of(BuffersAt + Page, Page)));
        Assert.Equal(2, queue.Pop(batch));
        Assert.Equal([_guest.Host(PageOf(20)), _guest.Host(PageOf(7)), _guest.Host(PageOf(20)) + 32], batch.Segments.ToArray().Select(segment => segment.Address));
    }

    [Fact]
    public void An_area_in_two_places_or_that_may_not_be_written_is_refused()
    {
        VirtqueueSetup setup = Setup(0) with { Size = 512 }; // The descriptors take two pages.
        Know(RingAt, 0);
        Know(RingAt + Page, 5);
        Assert.Equal(VirtqueueError.AreaNotMapped, Virtqueue.TryCreate(setup, _translation, out _));

        Know(RingAt + Page, 1);
        Know(RingAt + (2 * Page), 2, IotlbAccess.Read);
        Know(RingAt + (4 * Page), 4, IotlbAccess.Read);
        setup = setup with { Driver = new(RingAt + (2 * Page)), Device = new(RingAt + (4 * Page)) };
        Know(RingAt + (5 * Page), 5, IotlbAccess.Read);
        Assert.Equal(VirtqueueError.NotTranslated, Virtqueue.TryCreate(setup, _translation, out _));
        Assert.Equal(new IotlbMiss(RingAt + (4 * Page), IotlbAccess.Write), _asked[^1]);
        Assert.True(_translation.Answer(IovaRange.Of(RingAt + (4 * Page), Page)));
        Assert.Equal(VirtqueueError.AccessDenied, Virtqueue.TryCreate(setup, _translation, out _));
    }

    [Fact]
    public void An_area_that_wraps_around_is_refused()
    {
        Know(ulong.MaxValue - Page + 1, 0);
        VirtqueueSetup setup = Setup(0) with { Size = 512, Descriptors = new(ulong.MaxValue - Page + 1) };
        Assert.Equal(VirtqueueError.AreaNotMapped, Virtqueue.TryCreate(setup, _translation, out _));
        Assert.Empty(_asked);
    }

    public void Dispose() => _guest.Dispose();

    private static ulong PageOf(ulong index) => MemoryAt + (index * Page);

    /// <summary>An area a page.</summary>
    private static VirtqueueSetup Setup(ulong features) => new(16, new(RingAt), new(RingAt + Page), new(RingAt + (2 * Page)), 0, features | VirtioFeatures.AccessPlatform);

    private void Know(ulong address, ulong page, IotlbAccess access = IotlbAccess.ReadWrite)
    {
        GuestAddress guest = new(PageOf(page));
        _iotlb.Add(IovaRange.Of(address, Page), TestGuest.ToFrontend(guest), _guest.Host(guest.Value), access);
    }

    /// <summary>Starts a ring whose areas are pages 0 to 2; its driver, which writes it by guest address, says I/O virtual ones.</summary>
    private HostileRing Start(ulong features, out Virtqueue queue)
    {
        for (ulong i = 0; i < 3; i++)
        {
            Know(RingAt + (i * Page), i);
        }

        VirtqueueSetup setup = Setup(features);
        Assert.Equal(VirtqueueError.None, Virtqueue.TryCreate(setup, _translation, out Virtqueue? made));
        queue = made!;
        return HostileRing.Create(_guest, setup with { Descriptors = new(PageOf(0)), Driver = new(PageOf(1)), Device = new(PageOf(2)) });
    }

    private static void WriteTable(HostileRing driver, ulong table, ulong firstAt, ulong secondAt, HostileBuffer first, HostileBuffer second)
    {
        bool sequential = driver is HostilePackedRing;
        driver.Entry(firstAt, 0, first.Address, first.Length, sequential ? first.Flags : first.Flags | Next, sequential ? (ushort)0 : (ushort)1);
        driver.Entry(secondAt, 0, second.Address, second.Length, second.Flags);
        driver.OfferChain(new HostileBuffer(table, 2 * VirtqDescriptor.SizeBytes, Indirect));
    }
}
