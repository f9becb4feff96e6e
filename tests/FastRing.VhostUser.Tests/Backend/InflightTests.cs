using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public sealed class InflightTests
{
    private const ushort Size = 64;

    public static TheoryData<ulong, int> Rings => [.. from packed in (ulong[])[0, VirtioFeatures.RingPacked]
                                                      from order in (ulong[])[0, VirtioFeatures.InOrder]
                                                      from parts in (int[])[1, 3]
                                                      select new TheoryDataRow<ulong, int>(VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | packed | order, parts)];

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_frontend_that_comes_back_goes_on_where_its_rings_were(ulong features, int parts)
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(features);
        session.TrackInflight(2, Size);
        var driver = new EchoDriver(session, session.StartQueue(0, Size), parts);
        for (int round = 0; round < 5; round++)
        {
            driver.Run(100);
            fixture.Run(() => fixture.Device.Keeps = true);
            driver.Add(5);
            fixture.Settle();
            session.Disconnect();
            driver.Add(3); // While nobody is there.
            fixture.Run(() => fixture.Device.Keeps = false);
            session.Reconnect(fixture.Connect());
            driver.TakeAll(8);
        }

        Assert.Equal(540, driver.Echoed);
        Assert.Equal((1, 5), (fixture.Device.Begun, fixture.Device.Recovered));
    }

    /// <summary>The first backend stands still, with chains popped, some completed and not shown: as good as killed, while its memory is still mapped.</summary>
    [Theory]
    [MemberData(nameof(Rings))]
    public void Another_backend_goes_on_where_one_was_killed(ulong features, int parts)
    {
        using var gate = new ManualResetEventSlim();
        using var killed = new KilledFixture(Fixture(), gate);
        using BackendFixture next = Fixture();
        using var session = new FrontendSession(new VhostUserFrontend(killed.Connect()), 1 << 20, features);
        session.TrackInflight(2, Size);
        var driver = new EchoDriver(session, session.StartQueue(0, Size), parts);
        driver.Run(333);
        BackendFixture first = killed.Fixture;
        first.Run(() => first.Device.HoldsBack = true);
        driver.Add(4);
        first.Settle();
        first.Run(() => first.Device.Keeps = true);
        driver.Add(4);
        first.Settle();
        killed.StandStill();
        driver.Add(2);
        session.Reconnect(next.Connect());
        driver.TakeAll(10);
        driver.Run(1000);
        Assert.Equal(1343, driver.Echoed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void A_ring_that_stops_in_between_goes_on_in_the_same_session(ulong packed)
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1 | packed);
        session.TrackInflight(2, Size);
        FrontendQueue queue = session.StartQueue(0, Size);
        var driver = new EchoDriver(session, queue);
        for (int i = 0; i < 5; i++)
        {
            driver.Run(100);
            fixture.Run(() => fixture.Device.Keeps = true);
            driver.Add(7);
            fixture.Settle();
            uint at = queue.Stop();
            fixture.Run(() => fixture.Device.Keeps = false);
            queue.Start(at);
            session.Frontend.SetMemTable([session.Memory.Region], [session.Memory.File]); // Stops and starts it, too.
            driver.TakeAll(7);
        }

        Assert.Equal(0, fixture.Device.Resets);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(VirtioFeatures.RingPacked)]
    public void Another_driver_s_rings_are_fresh_and_what_was_in_flight_is_forgotten(ulong packed)
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1 | packed);
        session.TrackInflight(2, Size);
        FrontendQueue old = session.StartQueue(0, Size);
        var driver = new EchoDriver(session, old);
        driver.Run(10);
        fixture.Run(() => fixture.Device.Keeps = true);
        driver.Add(5);
        fixture.Settle();
        fixture.Run(() => fixture.Device.Keeps = false);
        var fresh = new EchoDriver(session, session.StartQueue(0, Size)); // As user-mode Linux does it, and QEMU when the guest reboots.
        fresh.Run(200);
        Assert.Equal(1, fixture.Device.Resets);
        session.Frontend.ResetDevice();
        new EchoDriver(session, session.StartQueue(0, Size)).Run(200);
        Assert.Equal(2, fixture.Device.Resets);
    }

    [Fact]
    public void The_device_has_its_part_before_any_ring_starts_and_until_its_session_ends()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        session.TrackInflight(2, Size);
        Assert.Equal((1, 0, 0, 0), (fixture.Device.Begun, fixture.Device.Recovered, fixture.Device.Ended, fixture.Device.Starts));
        fixture.Run(() => fixture.Device.Area!.Store(8, 4711));
        session.StartQueue(0, Size);
        session.Disconnect();
        ProcessState.Await(() => fixture.Device.Transport is null, "the end of the session"); // What it hears last.
        Assert.Equal("QueueStopping EndRecovery Reset", fixture.Device.Farewell);
        session.Reconnect(fixture.Connect());
        Assert.Equal(1, fixture.Device.Recovered);
        fixture.Run(() => Assert.Equal(4711UL, fixture.Device.Area!.Load(8)));
        Assert.Throws<VhostUserException>(() => session.TrackInflight(2, Size)); // A ring runs.
    }

    [Fact]
    public void The_same_area_again_is_nothing_new_and_another_takes_its_place()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        using InflightBuffer one = session.Frontend.GetInflightFd(2, Size);
        using InflightBuffer other = session.Frontend.GetInflightFd(2, Size);
        FrontendQueue queue = session.StartQueue(0, Size);
        uint at = queue.Stop();
        for (int i = 0; i < 3; i++)
        {
            session.Frontend.SetInflightFd(one);
            queue.Start(at);
            new EchoDriver(session, queue).Run(10);
            at = queue.Stop();
        }

        Assert.Equal((1, 0, 0), (fixture.Device.Begun, fixture.Device.Recovered, fixture.Device.Ended));
        session.Frontend.SetInflightFd(other);
        Assert.Equal((2, 0, 1), (fixture.Device.Begun, fixture.Device.Recovered, fixture.Device.Ended));
        queue.Start(at);
        new EchoDriver(session, queue).Run(10);
    }

    [Fact]
    public void Asking_for_areas_and_setting_them_again_and_again_leaves_nothing_behind()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        session.Frontend.GetInflightFd(2, Size).Dispose();
        int mappings = Mappings();
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
                session.Frontend.SetInflightFd(area);
                Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { FileOffset = 4096 }));
                Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { FileOffset = 1 }));
                Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { File = session.Memory.File }));
            }
        });
        Assert.InRange(Mappings(), 0, mappings + 1);
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(3, 64)]
    [InlineData(0xffff, 64)]
    [InlineData(2, 0)]
    [InlineData(2, 0x8001)]
    [InlineData(2, 0xffff)]
    public void There_is_no_area_for_queues_the_device_does_not_have(int queues, int size)
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        Assert.Throws<VhostUserException>(() => session.Frontend.GetInflightFd((ushort)queues, (ushort)size));
        using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { Queues = (ushort)queues, QueueSize = (ushort)size }));
        Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { SizeBytes = area.SizeBytes - 64 }));
        Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area with { SizeBytes = ulong.MaxValue }));
        session.Frontend.SetInflightFd(area);
        new EchoDriver(session, session.StartQueue(0, Size)).Run(10);
    }

    [Fact]
    public void A_ring_larger_than_the_area_s_is_refused_before_or_after()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        session.TrackInflight(1, Size);
        Assert.Throws<VhostUserException>(() => session.StartQueue(0, Size * 2));
        Assert.Throws<VhostUserException>(() => session.StartQueue(1, Size));
        new EchoDriver(session, session.StartQueue(0, Size)).Run(10);

        using FrontendSession next = NextSession(session, fixture);
        FrontendQueue queue = next.StartQueue(1, Size);
        uint at = queue.Stop();
        using InflightBuffer area = next.Frontend.GetInflightFd(1, Size);
        Assert.Throws<VhostUserException>(() => next.Frontend.SetInflightFd(area));
        queue.Start(at);
        new EchoDriver(next, queue).Run(10);
    }

    [Fact]
    public void An_area_comes_after_the_features_and_while_no_ring_runs()
    {
        using BackendFixture fixture = Fixture();
        using (VhostUserFrontend frontend = fixture.Connect())
        {
            frontend.SetProtocolFeatures(ProtocolFeatures.ReplyAck | ProtocolFeatures.InflightSharedMemory);
            using InflightBuffer early = frontend.GetInflightFd(2, Size);
            Assert.Throws<VhostUserException>(() => frontend.SetInflightFd(early));
        }

        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        FrontendQueue queue = session.StartQueue(0, Size);
        using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetInflightFd(area));
        new EchoDriver(session, queue).Run(10);
    }

    public static TheoryData<int, ulong, string> Fields =>
    [
        (0, 0, "magic"), (8, 3, "device id: 3 in the area, 42 here"), (16, 1 | (64UL << 16), "num_queues: 1 in the area, 2 in the message"),
        (16, 2 | (65UL << 16), "queue_size: 65 in the area, 64 in the message"), (24, 128, "bytes of the device: 128 in the area, 64 here"),
        (32, 1, "features: 0x1 in the area, 0x100000000 here"), (128, 1, "queue 0: features: 0x1 in the area, none here"),
        (136, 2 | (64UL << 16), "queue 0: version: 2 in the area, 1 here"), (136, 1 | (65UL << 16), "queue 0: desc_num: 65 in the area, whose queue_size is 64"),
        (136, 1, "queue 0: desc_num: 0 in the area, whose queue_size is 64"),
    ];

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_forged_area_is_refused_by_the_name_of_its_field_and_the_session_goes_on(int at, ulong value, string why)
    {
        var log = new ListLogger();
        using BackendFixture fixture = Fixture(log);
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
        session.Frontend.SetInflightFd(area);
        FrontendQueue queue = session.StartQueue(0, Size);
        new EchoDriver(session, queue).Run(10);
        using FrontendSession next = NextSession(session, fixture);
        using (MappedRegion mapping = MappedRegion.Map(area.File, 0, area.SizeBytes))
        {
            new RecoveryArea(mapping, 0, (int)area.SizeBytes).Store(at, value);
        }

        Assert.Throws<VhostUserException>(() => next.Frontend.SetInflightFd(area));
        Assert.Contains(log.Lines, line => line.StartsWith("vm1: SetInflightFd rejected (Refused): " + why, StringComparison.Ordinal));
        new EchoDriver(next, next.StartQueue(0, Size)).Run(10);
    }

    [Fact]
    public void A_device_that_does_not_go_on_from_an_area_says_why_and_is_as_good_as_new()
    {
        var log = new ListLogger();
        using BackendFixture fixture = Fixture(log);
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        session.TrackInflight(2, Size);
        session.Disconnect();
        fixture.Device.WhyNotRecovered = "port 3: name: 'a' in the area, 'b' here";
        using VhostUserFrontend fresh = fixture.Connect();
        Assert.Throws<VhostUserException>(() => session.Reconnect(fresh));
        Assert.Null(fixture.Device.Area);
        Assert.Contains("vm1: SetInflightFd rejected (Refused): port 3: name: 'a' in the area, 'b' here", log.Lines);
        fixture.Device.WhyNotRecovered = null;
        using InflightBuffer area = fresh.GetInflightFd(2, Size);
        fresh.SetInflightFd(area);
        Assert.Equal(2, fixture.Device.Begun);
    }

    [Fact]
    public void A_region_that_does_not_fit_its_ring_breaks_it_and_a_new_area_mends_it()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
        session.Frontend.SetInflightFd(area);
        FrontendQueue queue = session.StartQueue(0, Size);
        var driver = new EchoDriver(session, queue);
        driver.Run(100);
        uint at = queue.Stop();
        using (MappedRegion mapping = MappedRegion.Map(area.File, 0, area.SizeBytes))
        {
            new RecoveryArea(mapping, 0, (int)area.SizeBytes).Store(136, 1 | ((ulong)Size << 16) | (50UL << 32) | (7UL << 48));
        }

        Assert.Throws<VhostUserException>(() => queue.Start(at));
        Assert.Equal(1, queue.Error.Drain());
        queue.Stop();
        using InflightBuffer fresh = session.Frontend.GetInflightFd(2, Size);
        session.Frontend.SetInflightFd(fresh);
        queue.Start(at);
        driver.Run(100);
    }

    [Fact]
    public void A_frontend_that_makes_its_area_smaller_loses_its_connection()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        using InflightBuffer area = session.Frontend.GetInflightFd(2, Size);
        Assert.Equal(FileSeals.Shrink | FileSeals.Grow, MemFd.GetSeals(area.File)); // That one can't be; but one of the frontend's own can.
        using OwnedFd file = MemFd.Create("fastring-test", area.SizeBytes);
        using (MappedRegion from = MappedRegion.Map(area.File, 0, area.SizeBytes))
        using (MappedRegion to = MappedRegion.Map(file, 0, area.SizeBytes))
        {
            byte[] bytes = new byte[area.SizeBytes];
            new RecoveryArea(from, 0, bytes.Length).Read(0, bytes);
            new RecoveryArea(to, 0, bytes.Length).Write(0, bytes);
        }

        session.Frontend.SetInflightFd(area with { File = file });
        FrontendQueue queue = session.StartQueue(0, Size);
        var driver = new EchoDriver(session, queue);
        driver.Run(10);
        using (FileStream theirs = File.Open($"/proc/self/fd/{file.Fd}", FileMode.Open, FileAccess.Write))
        {
            theirs.SetLength(0);
        }

        driver.Add(1);
        ProcessState.Await(() => fixture.Counters.LostMemories == 1, "the end of the connection");
        using FrontendSession next = fixture.OpenSession(VirtioFeatures.Version1);
        new EchoDriver(next, next.StartQueue(0, 16)).Run(10);
    }

    [Fact]
    public void The_driver_is_notified_of_what_the_last_process_may_not_have_told()
    {
        using BackendFixture fixture = Fixture();
        using FrontendSession session = fixture.OpenSession(VirtioFeatures.Version1);
        session.TrackInflight(2, Size);
        FrontendQueue queue = session.StartQueue(0, Size);
        new EchoDriver(session, queue).Run(10);
        session.Disconnect();
        queue.Call.Drain();
        session.Reconnect(fixture.Connect());
        fixture.Settle();
        Assert.NotEqual(0, queue.Call.Drain());
        session.Frontend.SetVringCall(0, queue.Call.Fd);
        Assert.NotEqual(0, queue.Call.Drain());
    }

    private static BackendFixture Fixture(ListLogger? log = null) =>
        new(f => new VhostUserBackend(f.Worker, f.Device, f.Socket, "vm1", log), new EchoDevice { Features = ulong.MaxValue & ~(VhostUserFeatures.ProtocolFeatures | VirtioFeatures.NotifyOnEmpty) });

    private static FrontendSession NextSession(FrontendSession session, BackendFixture fixture)
    {
        session.Disconnect();
        return fixture.OpenSession(VirtioFeatures.Version1);
    }

    private static int Mappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains("memfd:fastring-inflight", StringComparison.Ordinal));

    /// <summary>A backend whose worker can be made to stand still, and which does not see that its frontend is gone.</summary>
    private sealed class KilledFixture(BackendFixture fixture, ManualResetEventSlim gate) : IDisposable
    {
        private OwnedFd? _socket;
        private Task? _still;

        public BackendFixture Fixture => fixture;

        public OwnedFd Connect()
        {
            OwnedFd socket = UnixSocket.Connect(fixture.Path);
            _socket = OwnedFd.DuplicateOf(socket.Fd);
            return socket;
        }

        public void StandStill()
        {
            using var stands = new ManualResetEventSlim();
            _still = fixture.Worker.InvokeAsync(() =>
            {
                stands.Set();
                gate.Wait();
            });
            stands.Wait();
        }

        public void Dispose()
        {
            _socket?.Dispose();
            gate.Set();
            _still?.Wait();
            fixture.Dispose();
        }
    }
}
