using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;
using static FastRing.VhostUser.Tests.Support.TranslatedSession;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Drivers behind an IOMMU: <c>VIRTIO_F_ACCESS_PLATFORM</c> (vhost-user, "IOMMU support").</summary>
public sealed class IotlbTests
{
    private const ulong Plain = VirtioFeatures.Version1;
    private const ulong Usual = Plain | VirtioFeatures.EventIndex;

    public static TheoryData<ulong, int> Rings => new()
    {
        { Plain, 1 },
        { Usual, 3 },
        { Usual | VirtioFeatures.IndirectDescriptors, 3 },
        { Usual | VirtioFeatures.InOrder, 2 },
        { Usual | VirtioFeatures.RingPacked, 3 },
        { Usual | VirtioFeatures.RingPacked | VirtioFeatures.IndirectDescriptors, 2 },
        { Plain | VirtioFeatures.RingPacked | VirtioFeatures.InOrder, 1 },
    };

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_ring_finds_everything_by_asking_and_asks_for_a_page_once(ulong features, int parts)
    {
        using var rig = new TranslatedSession(features);
        FrontendQueue queue = rig.Session.StartQueue(0, 64, indirectEntries: (features & VirtioFeatures.IndirectDescriptors) != 0 ? 8 : 0);
        var driver = new EchoDriver(rig.Session, queue, parts);

        driver.Run(1000);

        Assert.Equal(features | VirtioFeatures.AccessPlatform, rig.Fixture.Device.Negotiated);
        Assert.NotEmpty(rig.Misses);
        Assert.Distinct(rig.Misses.Select(miss => miss.Address / Page));
        Assert.Equal((ulong)rig.Misses.Count, rig.Fixture.Counters.IotlbMisses);
        Assert.Equal((ulong)rig.Misses.Count, rig.Fixture.Counters.IotlbUpdates);
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void An_IOMMU_that_tells_only_what_it_was_asked_is_asked_for_the_rest(ulong features, int parts)
    {
        using var rig = new TranslatedSession(features, tellsOnlyWhatIsAsked: true);
        var driver = new EchoDriver(rig.Session, rig.Session.StartQueue(0, 64), parts);

        driver.Run(500);

        Assert.Contains(rig.Misses, miss => miss.Access == IotlbAccess.Read);
        Assert.Contains(rig.Misses, miss => (miss.Access & IotlbAccess.Write) != 0);
        Assert.Equal(0UL, rig.Fixture.Counters.BrokenQueues);
    }

    [Fact]
    public void A_ring_that_misses_a_buffer_waits_alone_asks_once_and_goes_on_when_the_answer_comes()
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 64);
        var other = new EchoDriver(rig.Session, rig.Session.StartQueue(1, 64));
        other.Run(100);
        GuestAddress late = rig.Session.Memory.Allocate(Page, Page);
        rig.Iommu.Unmap(late.Value, Page);

        AddEcho(rig, queue, late);
        rig.UntilMissed(miss => miss.Address == late.Value);
        int asked = rig.Misses.Count;
        AddEcho(rig, queue, late);
        other.Run(200);
        rig.Fixture.Settle();

        Assert.False(queue.Ring.TryTakeUsed(out _));
        Assert.Equal(asked, rig.Misses.Count);
        rig.Map(late, Page);
        rig.Iommu.Tell(late.Value);
        Assert.True(queue.WaitUsed(out _, 10_000));
        Assert.True(queue.WaitUsed(out UsedBuffer used, 10_000));
        Assert.Equal(8u, used.Written);
        Assert.Equal("behind", System.Text.Encoding.ASCII.GetString(rig.Session.Memory.Bytes(new(late.Value + 64), 6)));
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public async Task Nothing_is_lost_while_translations_are_invalidated_all_the_time(ulong features, int parts)
    {
        using var rig = new TranslatedSession(features);
        var driver = new EchoDriver(rig.Session, rig.Session.StartQueue(0, 64), parts);
        using var enough = new CancellationTokenSource();
        int invalidations = 0;
        Task invalidating = Task.Run(() =>
        {
            var random = new Random(1);
            while (!enough.IsCancellationRequested)
            {
                bool all = invalidations++ % 4 == 0;
                rig.Iommu.Invalidate(all ? 0 : Base.Value + (Page * (ulong)random.Next((int)(MemoryBytes / Page))), all ? 0 : Page);
            }
        });

        do
        {
            driver.Run(200);
        }
        while (Volatile.Read(ref invalidations) < 300);
        await enough.CancelAsync();
        await invalidating;
        driver.Run(100);

        Assert.Equal(0UL, rig.Fixture.Counters.BrokenQueues);
        Assert.Equal(0UL, rig.Fixture.Counters.Rejected(RejectionReason.Refused));
    }

    [Fact]
    public void A_buffer_the_device_holds_is_let_go_of_before_the_end_of_its_translation_is_answered()
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 16);
        GuestAddress held = rig.Session.Memory.Allocate(Page, Page);
        GuestAddress aside = rig.Session.Memory.Allocate(Page, Page);
        rig.Iommu.Tell(held.Value);
        rig.Iommu.Tell(aside.Value);
        rig.Fixture.Run(() => rig.Fixture.Device.Keeps = true);
        AddEcho(rig, queue, held);
        rig.Fixture.Settle();
        Assert.True(SpinWait.SpinUntil(() => rig.Fixture.Device.IsStarted(0), TimeSpan.FromSeconds(10)));
        rig.Fixture.Settle();

        rig.Iommu.Unmap(aside.Value, Page);
        Assert.Equal(0, rig.Fixture.Device.Stops);
        rig.Iommu.Unmap(held.Value, Page);
        Assert.Equal(1, rig.Fixture.Device.Stops);

        rig.Fixture.Run(() => rig.Fixture.Device.Keeps = false);
        Assert.False(queue.Ring.TryTakeUsed(out _));
        rig.Map(held, Page);
        rig.Iommu.Tell(held.Value);
        Assert.True(queue.WaitUsed(out UsedBuffer used, 10_000));
        Assert.Equal(8u, used.Written);
    }

    [Fact]
    public void A_ring_whose_own_memory_is_taken_stops_and_goes_on_where_it_was_when_it_has_it_again()
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 64);
        var driver = new EchoDriver(rig.Session, queue);
        driver.Run(77);
        ulong area = queue.Layout.Device.Value & ~(Page - 1);

        rig.Iommu.Unmap(area, Page);
        Assert.False(rig.Fixture.Device.IsStarted(0));
        driver.Add(10);
        rig.Fixture.Settle();
        Assert.Equal(0, rig.Fixture.Device.Resets);
        rig.Map(new(area), Page);
        rig.Iommu.Tell(area);

        driver.TakeAll(10);
        driver.Run(100);
        Assert.Equal(0UL, rig.Fixture.Counters.BrokenQueues);
    }

    [Theory]
    [InlineData(IotlbAccess.Read)]
    [InlineData(IotlbAccess.Write)]
    public void What_the_IOMMU_does_not_allow_breaks_the_ring_and_touches_nothing(IotlbAccess allowed)
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 16);
        var other = new EchoDriver(rig.Session, rig.Session.StartQueue(1, 64));
        GuestAddress page = rig.Session.Memory.Allocate(Page, Page);
        rig.Map(page, Page, allowed);

        AddEcho(rig, queue, page);
        Assert.True(SpinWait.SpinUntil(() => rig.Fixture.Counters.BrokenQueues == 1, TimeSpan.FromSeconds(10)));
        other.Run(100);
        rig.Fixture.Settle();

        Assert.Equal(VirtqueueError.AccessDenied, rig.Fixture.Device.LastBroken);
        Assert.Equal(1, queue.Error.Drain());
        Assert.False(queue.Ring.TryTakeUsed(out _));
        Assert.False(rig.Session.Memory.Bytes(new(page.Value + 64), 8).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_translation_that_changes_its_place_is_followed()
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 16);
        GuestAddress page = rig.Session.Memory.Allocate(Page, Page);
        GuestAddress elsewhere = rig.Session.Memory.Allocate(Page, Page);
        AddEcho(rig, queue, page);
        Assert.True(queue.WaitUsed(out _, 10_000));

        rig.Session.Memory.Bytes(page, 128).CopyTo(rig.Session.Memory.Bytes(elsewhere, 128));
        rig.Session.Memory.Bytes(page, 128).Clear();
        rig.Session.Memory.Bytes(elsewhere, 128)[64..].Clear();
        rig.Iommu.Map(page.Value, Page, rig.FrontendOf(elsewhere));
        rig.Iommu.Tell(page.Value);
        Assert.True(queue.Ring.TryAdd([new DriverBuffer(page, 8)], [new DriverBuffer(new(page.Value + 64), 8)], 0));
        queue.PublishAndKick();

        Assert.True(queue.WaitUsed(out _, 10_000));
        Assert.False(rig.Session.Memory.Bytes(page, 128).ContainsAnyExcept((byte)0));
        Assert.Equal("behind", System.Text.Encoding.ASCII.GetString(rig.Session.Memory.Bytes(new(elsewhere.Value + 64), 6)));
    }

    [Fact]
    public void Translations_move_with_their_memory_and_those_of_memory_that_is_gone_are_asked_for_again()
    {
        using var rig = new TranslatedSession();
        var driver = new EchoDriver(rig.Session, rig.Session.StartQueue(0, 64));
        driver.Run(100);
        int asked = rig.Misses.Count;

        rig.Session.Frontend.SetMemTable([rig.Session.Memory.Region], [rig.Session.Memory.File]);
        driver.Run(100);
        Assert.Equal(asked, rig.Misses.Count);

        rig.Session.Frontend.RemoveMemRegion(rig.Session.Memory.Region);
        Assert.False(rig.Fixture.Device.IsStarted(0));
        rig.Session.Frontend.AddMemRegion(rig.Session.Memory.Region, rig.Session.Memory.File);
        foreach (ulong page in rig.Misses.Select(miss => miss.Address).ToArray())
        {
            rig.Iommu.Tell(page);
        }

        driver.Run(100);
        Assert.Equal(0UL, rig.Fixture.Counters.BrokenQueues);
    }

    [Fact]
    public void A_ring_that_was_stopped_trusts_no_translation_from_before()
    {
        using var rig = new TranslatedSession();
        FrontendQueue queue = rig.Session.StartQueue(0, 64);
        var driver = new EchoDriver(rig.Session, queue);
        driver.Run(100);
        int asked = rig.Misses.Count;

        queue.Start(queue.Stop());
        driver.Run(100);

        Assert.True(rig.Misses.Count > asked, "it went on with what it knew");
    }

    [Fact]
    public void What_was_asked_without_a_channel_is_asked_again_when_there_is_one()
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = Usual | VirtioFeatures.AccessPlatform });
        using var session = new FrontendSession(fixture.Connect(), MemoryBytes, ulong.MaxValue, memory: new DriverMemoryOptions { IovaBase = Base });
        FrontendQueue queue = session.StartQueue(0, 64);
        Assert.False(fixture.Device.IsStarted(0));

        using BackendRequests requests = BackendRequests.Open(session.Frontend);
        Assert.True(requests.TryTake(out BackendRequest request, out _, out IotlbMessage asked));
        Assert.Equal((BackendRequest.Iotlb, IotlbMessageKind.Miss, queue.Layout.Descriptors.Value), (request, asked.Kind, asked.Address));
        session.Frontend.SendIotlb(new(Base.Value, MemoryBytes, session.Memory.Region.Frontend, IotlbAccess.ReadWrite, IotlbMessageKind.Update));
        Assert.True(fixture.Device.IsStarted(0));
        new EchoDriver(session, queue).Run(100);
    }

    [Theory]
    [InlineData(ProtocolFeatures.BackendRequests)]
    [InlineData(ProtocolFeatures.ReplyAck)]
    public void It_is_not_to_be_had_without_a_channel_and_acknowledgements(ProtocolFeatures missing)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = Usual | VirtioFeatures.AccessPlatform });
        using RawFrontend raw = fixture.ConnectRaw();
        raw.SetProtocolFeatures((ProtocolFeatures.ReplyAck | ProtocolFeatures.BackendRequests) & ~missing);
        raw.Send(VhostUserRequest.SetFeatures, RawFrontend.Number(Usual | VirtioFeatures.AccessPlatform | VhostUserFeatures.ProtocolFeatures));
        raw.AssertAlive();

        Assert.Equal(0UL, fixture.Device.Negotiated);
        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Refused));
    }

    public static TheoryData<string, IotlbMessage> Hostile => new()
    {
        { "a miss", Update() with { Kind = IotlbMessageKind.Miss } },
        { "nothing", Update() with { Kind = IotlbMessageKind.None } },
        { "a failed access", Update() with { Kind = IotlbMessageKind.AccessFail } },
        { "a kind nobody defined", Update() with { Kind = (IotlbMessageKind)77 } },
        { "no permission", Update() with { Access = IotlbAccess.None } },
        { "permissions nobody defined", Update() with { Access = (IotlbAccess)7 } },
        { "no byte", Update() with { SizeBytes = 0 } },
        { "half a page", Update() with { SizeBytes = Page / 2 } },
        { "an address within a page", Update() with { Address = Base.Value + 8 } },
        { "a place within a page", Update() with { Frontend = new(Inside.Value + 16) } },
        { "addresses that wrap around", Update() with { Address = ulong.MaxValue - Page + 1, SizeBytes = 2 * Page } },
        { "everything", Update() with { Address = 0, SizeBytes = ulong.MaxValue - Page + 1 } },
        { "a place that wraps around", Update() with { Frontend = new(ulong.MaxValue - Page + 1), SizeBytes = 2 * Page } },
        { "a place outside of the memory", Update() with { Frontend = new(Inside.Value - Page) } },
        { "a place behind the memory", Update() with { Frontend = new(Inside.Value + MemoryBytes) } },
        { "a place that ends outside of the memory", Update() with { Frontend = new(Inside.Value + MemoryBytes - Page), SizeBytes = 2 * Page } },
        { "a guest physical address in place of a frontend's", Update() with { Frontend = new(Page) } },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_message_that_means_nothing_is_refused_counted_and_without_effect(string what, IotlbMessage message)
    {
        using var rig = new TranslatedSession();
        var driver = new EchoDriver(rig.Session, rig.Session.StartQueue(0, 64));
        driver.Run(10);

        Assert.Throws<VhostUserException>(() => rig.Session.Frontend.SendIotlb(message));

        Assert.True(rig.Fixture.Counters.Rejected(RejectionReason.Refused) == 1, what);
        int asked = rig.Misses.Count;
        driver.Run(100);
        Assert.Equal((asked, 0, 0UL), (rig.Misses.Count, rig.Fixture.Device.Stops, rig.Fixture.Counters.BrokenQueues));
    }

    [Fact]
    public void A_frontend_that_did_not_negotiate_it_has_nothing_to_say()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        Assert.Throws<VhostUserException>(() => session.Frontend.SendIotlb(Update()));
    }

    [Fact]
    public void A_frontend_that_tells_far_more_than_there_is_room_for_costs_no_memory_and_the_ring_goes_on()
    {
        using var rig = new TranslatedSession();
        var driver = new EchoDriver(rig.Session, rig.Session.StartQueue(0, 64));
        driver.Run(10);
        for (int i = 0; i < 3 * Iotlb.MaxEntries; i++)
        {
            rig.Session.Frontend.SendIotlb(Update() with { Address = (ulong)i * Page });
        }

        driver.Run(1000);
        Assert.Equal(0UL, rig.Fixture.Counters.BrokenQueues);
    }

    [Fact]
    public async Task A_frontend_that_never_stops_telling_costs_no_memory_and_a_neighbour_on_its_worker_has_its_turns()
    {
        using var flooded = new BackendFixture(device: new EchoDevice { Features = Usual | VirtioFeatures.AccessPlatform });
        OwnedFd socket = UnixSocket.Connect(flooded.Path);
        using RawFrontend raw = new(socket.Duplicate());
        using var telling = new FrontendSession(new VhostUserFrontend(socket), MemoryBytes, ulong.MaxValue, memory: new DriverMemoryOptions { IovaBase = Base });
        using var fixture = new BackendFixture(worker: flooded.Worker);
        using FrontendSession session = fixture.OpenSession();
        var neighbour = new EchoDriver(session, session.StartQueue(0, 64));
        neighbour.Run(10);
        byte[] updates = [.. Enumerable.Range(0, 2 * Iotlb.MaxEntries).SelectMany(Told)];
        Assert.True(raw.Send(updates));
        using var enough = new CancellationTokenSource();
        Task flood = Task.Run(() =>
        {
            while (!enough.IsCancellationRequested && raw.Send(updates)) // More than a socket holds, so that there always is more.
            {
            }
        });
        neighbour.Run(5000);
        long before = 0;
        long after = 0;
        flooded.Run(() => before = GC.GetAllocatedBytesForCurrentThread());
        ulong told = flooded.Counters.IotlbUpdates;
        Assert.True(SpinWait.SpinUntil(() => flooded.Counters.IotlbUpdates > told + 10_000, TimeSpan.FromSeconds(30)), "it is not told any more");
        flooded.Run(() => after = GC.GetAllocatedBytesForCurrentThread());
        await enough.CancelAsync();
        await flood;
        Assert.True(after - before < 64 << 10, $"{after - before} bytes");

        static byte[] Told(int page)
        {
            byte[] payload = new byte[IotlbMessage.SizeInBytes];
            (Update() with { Address = (ulong)page * Page }).Write(payload);
            return RawFrontend.Message(VhostUserRequest.IotlbMsg, payload);
        }
    }

    private static FrontendAddress Inside => new(1UL << 40); // Where a driver's memory begins in its frontend.

    private static IotlbMessage Update() => new(Page, Page, Inside, IotlbAccess.ReadWrite, IotlbMessageKind.Update);

    /// <summary>Has 8 bytes echoed within a page.</summary>
    private static void AddEcho(TranslatedSession rig, FrontendQueue queue, GuestAddress page)
    {
        Assert.True(queue.Ring.TryAdd([new DriverBuffer(page, 8)], [new DriverBuffer(new(page.Value + 64), 8)], 0));
        "behind\0\0"u8.CopyTo(rig.Session.Memory.Bytes(page, 8));
        queue.PublishAndKick();
    }
}
