using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class DirtyLogTests
{
    private const int PageBytes = 4096;
    private const ulong MemoryBytes = 1 << 20;

    public static TheoryData<ulong, int, bool> Rings => [.. from packed in (ulong[])[0, VirtioFeatures.RingPacked]
                                                      from events in (ulong[])[0, VirtioFeatures.EventIndex]
                                                      from order in (ulong[])[0, VirtioFeatures.InOrder]
                                                      from parts in (int[])[1, 3]
                                                      from tracked in (bool[])[false, true]
                                                      select new TheoryDataRow<ulong, int, bool>(VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors | packed | events | order, parts, tracked)];

    [Theory]
    [MemberData(nameof(Rings))]
    public void Every_page_the_device_wrote_is_marked_and_few_others(ulong features, int parts, bool tracked)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = ulong.MaxValue & ~VhostUserFeatures.ProtocolFeatures });
        using FrontendSession session = fixture.OpenSession(features, MemoryBytes);
        if (tracked)
        {
            session.TrackInflight(1, 256);
        }

        FrontendQueue queue = session.StartQueue(0, 256);
        session.Memory.Allocate(64 << 10); // The buffers are elsewhere.
        var driver = new EchoDriver(session, queue, parts);
        driver.Run(1000);
        using var log = new DirtyPages(MemoryBytes);
        log.ShareWith(session.Frontend);
        SetLogging(session, queue, buffers: true, ring: true);
        driver.Run(1000);
        for (int round = 0; round < 20; round++)
        {
            // Only the device writes between the two copies: what differs must be marked.
            fixture.Run(() =>
            {
                driver.Add(64 / parts);
                Taken(log);
                byte[] before = Copy(session);
                fixture.Device.QueueKicked(0);
                byte[] after = Copy(session);
                AssertMarked(before, after, Taken(log));
            });
            driver.TakeAll(64 / parts);
        }

        uint at = queue.Stop();
        byte[] stopped = Copy(session);
        Taken(log);
        queue.Kick.Signal();
        fixture.Settle();
        Assert.Equal(stopped, Copy(session));
        Assert.Empty(Taken(log));
        queue.Start(at);
        driver.Run(1000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Ring_and_buffers_are_marked_each_by_its_own_switch(ulong packed)
    {
        using var fixture = new BackendFixture(device: new EchoDevice { Features = ulong.MaxValue & ~VhostUserFeatures.ProtocolFeatures });
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1 | packed, MemoryBytes);
        FrontendQueue queue = session.StartQueue(0, 256);
        session.Memory.Allocate(64 << 10);
        GuestAddress buffers = session.Memory.Allocate(0);
        var driver = new EchoDriver(session, queue);
        using var log = new DirtyPages(MemoryBytes);
        log.ShareWith(session.Frontend);
        Assert.Equal((false, false), Marked());
        SetLogging(session, queue, buffers: true, ring: false);
        Assert.Equal((false, true), Marked());
        SetLogging(session, queue, buffers: true, ring: true);
        Assert.Equal((true, true), Marked());
        SetLogging(session, queue, buffers: false, ring: true);
        Assert.Equal((true, false), Marked());
        SetLogging(session, queue, buffers: false, ring: false);
        Assert.Equal((false, false), Marked());

        (bool Ring, bool Buffers) Marked()
        {
            Taken(log);
            driver.Run(10);
            HashSet<ulong> pages = Taken(log);
            return (pages.Any(p => p * PageBytes < buffers.Value - PageBytes), pages.Any(p => p * PageBytes >= buffers.Value - PageBytes));
        }
    }

    [Fact]
    public void Used_elements_are_logged_where_the_frontend_says()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1, MemoryBytes);
        FrontendQueue queue = session.StartQueue(0, 256);
        var driver = new EchoDriver(session, queue);
        using var log = new DirtyPages(MemoryBytes * 4); // A place beside the guest's memory will do.
        log.ShareWith(session.Frontend);
        session.Frontend.SetVringAddr(0, queue.Addresses with { IsLogged = true, Log = new GuestAddress((3 * MemoryBytes) + 4000) });
        driver.Run(10);
        ulong first = (3 * MemoryBytes) / PageBytes;
        Assert.Equal([first], Taken(log));
        driver.Run(246);
        Assert.Equal([first, first + 1], Taken(log).Order());
    }

    [Fact]
    public void A_log_that_does_not_cover_the_memory_is_refused_by_name()
    {
        var lines = new ListLogger();
        using var fixture = new BackendFixture(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "vm1", lines));
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1, 512 << 20);
        FrontendQueue queue = session.StartQueue(0, 16);
        var driver = new EchoDriver(session, queue);
        using var small = new DirtyPages(128 << 20);
        Assert.Throws<VhostUserException>(() => small.ShareWith(session.Frontend));
        Assert.Contains("vm1: SetLogBase rejected (Refused): the log is too small: it ends at 0x8000000, the guest's memory at 0x20000000", lines.Lines);
        driver.Run(10);

        using var enough = new DirtyPages(512 << 20);
        enough.ShareWith(session.Frontend);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetVringAddr(0, queue.Addresses with { IsLogged = true, Log = new GuestAddress((512 << 20) - 100) }));
        session.Frontend.SetFeatures(session.Features | VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll);
        using var more = new DriverMemory(1 << 20, new GuestAddress(512 << 20));
        Assert.Throws<VhostUserException>(() => session.Frontend.AddMemRegion(more.Region, more.File));
        driver.Run(10);
    }

    [Fact]
    public void A_log_that_is_none_is_refused_and_nothing_is_left_open()
    {
        using var fixture = new BackendFixture();
        using VhostUserFrontend frontend = fixture.Connect();
        frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.LogSharedMemory);
        using OwnedFd file = MemFd.Create("fastring-test", 8192);
        using EventFd fd = EventFd.Create();
        frontend.SetLogFd(fd.Fd);
        frontend.SetLogBase(file, 4096);
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(file, 8193));
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(file, 0));
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(file, 4096, 8192));
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(file, 100, 1));
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(file, ulong.MaxValue, ulong.MaxValue));
                Assert.Throws<VhostUserException>(() => frontend.SetLogBase(fd.Fd, 4096));
                Assert.Throws<VhostUserException>(() => frontend.SetLogFd(file));
                frontend.SetLogBase(file, 4096);
                frontend.SetLogBase(file, 4096, 4096);
                frontend.SetLogFd(fd.Fd);
            }
        });
    }

    [Fact]
    public void A_frontend_that_would_not_hear_that_its_log_is_too_small_is_disconnected()
    {
        using var fixture = new BackendFixture();
        using RawFrontend frontend = fixture.ConnectRaw();
        frontend.SetProtocolFeatures(ProtocolFeatures.LogSharedMemory);
        using OwnedFd file = MemFd.Create("fastring-test", 4096);
        byte[] payload = new byte[LogPayload.Bytes];
        new LogPayload(4096, 0).Write(payload);
        frontend.Send(VhostUserRequest.SetLogBase, payload, file);
        Assert.Equal(new byte[8], frontend.Reply(VhostUserRequest.SetLogBase)); // The answer comes unasked.
        new LogPayload(4097, 0).Write(payload);
        frontend.Send(VhostUserRequest.SetLogBase, payload, file);
        Assert.True(frontend.IsClosedByBackend());
    }

    [Fact]
    public void A_frontend_that_makes_its_log_smaller_loses_its_connection()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1, MemoryBytes);
        FrontendQueue queue = session.StartQueue(0, 16);
        new EchoDriver(session, queue).Run(10);
        using OwnedFd file = MemFd.Create("fastring-test", 4096);
        session.Frontend.SetLogBase(file, 4096);
        SetLogging(session, queue, buffers: true, ring: true);
        using (FileStream log = File.Open($"/proc/self/fd/{file.Fd}", FileMode.Open, FileAccess.Write))
        {
            log.SetLength(0);
        }

        queue.Kick.Signal();
        ProcessState.Await(() => fixture.Counters.LostMemories == 1, "the end of the connection");
        using FrontendSession next = fixture.OpenSession();
        new EchoDriver(next, next.StartQueue(0, 16)).Run(10);
    }

    [Fact]
    public void Who_wants_to_know_hears_that_something_was_marked()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1, MemoryBytes);
        FrontendQueue queue = session.StartQueue(0, 16);
        var driver = new EchoDriver(session, queue);
        using var log = new DirtyPages(MemoryBytes);
        using EventFd changed = EventFd.Create();
        log.ShareWith(session.Frontend);
        session.Frontend.SetLogFd(changed.Fd);
        driver.Run(10);
        Assert.Equal(0, changed.Drain());
        SetLogging(session, queue, buffers: true, ring: true);
        driver.Run(10);
        Assert.Equal(1, changed.Drain());
    }

    private static void SetLogging(FrontendSession session, FrontendQueue queue, bool buffers, bool ring)
    {
        session.Frontend.SetFeatures(session.Features | VhostUserFeatures.ProtocolFeatures | (buffers ? VhostUserFeatures.LogAll : 0));
        session.Frontend.SetVringAddr(0, queue.Addresses with { IsLogged = ring, Log = queue.Layout.Device });
    }

    private static byte[] Copy(FrontendSession session) => session.Memory.Bytes(default, (int)MemoryBytes).ToArray();

    private static HashSet<ulong> Taken(DirtyPages log)
    {
        var pages = new HashSet<ulong>();
        log.TakeTo(pages);
        return pages;
    }

    private static void AssertMarked(byte[] before, byte[] after, HashSet<ulong> marked)
    {
        ulong[] differ = [.. Enumerable.Range(0, before.Length / PageBytes).Select(p => (ulong)p)
            .Where(p => !before.AsSpan((int)p * PageBytes, PageBytes).SequenceEqual(after.AsSpan((int)p * PageBytes, PageBytes)))];
        Assert.NotEmpty(differ);
        Assert.Empty(differ.Except(marked));
        Assert.InRange(marked.Count, differ.Length, (2 * differ.Length) - 1);
    }
}
