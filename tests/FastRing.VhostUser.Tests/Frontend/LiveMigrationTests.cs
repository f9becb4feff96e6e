using FastRing.Memory;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Frontend;

public sealed class LiveMigrationTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(VirtioFeatures.RingPacked, false)]
    [InlineData(0, true)]
    [InlineData(VirtioFeatures.RingPacked, true)]
    public void A_driver_moves_from_backend_to_backend_and_notices_nothing(ulong packed, bool tracked)
    {
        using var one = Fixture();
        using var other = Fixture();
        using FrontendSession session = one.OpenSession(VirtioFeatures.Version1 | VirtioFeatures.EventIndex | packed);
        if (tracked)
        {
            session.TrackInflight(2, 64);
        }

        var drivers = new[] { new EchoDriver(session, session.StartQueue(0, 64)), new EchoDriver(session, session.StartQueue(1, 32), parts: 2) };
        ProcessState.AssertNoFdLeak(() =>
        {
            for (int move = 0; move < 20; move++)
            {
                BackendFixture source = move % 2 == 0 ? one : other;
                BackendFixture destination = move % 2 == 0 ? other : one;
                Array.ForEach(drivers, driver => driver.Run(50));
                drivers[0].Add(10);
                source.Device.State = [.. Enumerable.Repeat((byte)move, 1000)];
                MigrationReport report = session.MigrateTo(destination.Connect());
                Assert.Equal((1000, source.Device.State.Length), (report.StateBytes, destination.Device.Loaded!.Length));
                drivers[0].TakeAll(10);
                if (tracked)
                {
                    session.Disconnect();
                    drivers[0].Add(5);
                    session.Reconnect(destination.Connect());
                    drivers[0].TakeAll(5);
                }

                ProcessState.Await(() => source.Device.Transport is null, "the source's end");
            }
        });
        Array.ForEach(drivers, driver => driver.Run(500));
        Assert.False(one.Device.IsStarted(1) && other.Device.IsStarted(1));
    }

    [Fact]
    public void A_destination_that_does_not_take_the_device_leaves_it_where_it_was()
    {
        using var source = Fixture();
        using var destination = Fixture();
        using FrontendSession session = source.OpenSession(VirtioFeatures.Version1);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        driver.Run(100);
        destination.Device.WhyNotLoaded = "port 3: name: 'a' in the state, 'b' here";
        using VhostUserFrontend other = destination.Connect();
        Assert.Throws<VhostUserException>(() => session.MigrateTo(other));
        driver.Run(100);
        Assert.True(source.Device.IsStarted(0));

        using var lacking = new BackendFixture(device: new EchoDevice { Features = 0 });
        using VhostUserFrontend third = lacking.Connect();
        VhostUserException e = Assert.Throws<VhostUserException>(() => session.MigrateTo(third));
        Assert.Equal("features: the destination does not offer 0x100000000", e.Reason);
        driver.Run(100);
    }

    [Fact]
    public void What_the_backend_writes_while_it_is_copied_is_copied_again()
    {
        using var source = Fixture();
        using var destination = Fixture();
        using FrontendSession session = source.OpenSession(VirtioFeatures.Version1, memoryBytes: 4 << 20);
        var driver = new EchoDriver(session, session.StartQueue(0, 64));
        driver.Run(100);
        bool paused = false;
        int rounds = 0;
        var traffic = new Thread(() =>
        {
            while (!Volatile.Read(ref paused))
            {
                driver.Run(100);
                Interlocked.Increment(ref rounds);
            }
        });
        traffic.Start();
        MigrationReport report = session.MigrateTo(
            destination.Connect(),
            () =>
            {
                int before = Volatile.Read(ref rounds); // The log was looked at last before this: what comes now is in it.
                ProcessState.Await(() => Volatile.Read(ref rounds) > before + 2, "traffic");
                Volatile.Write(ref paused, true);
                traffic.Join();
            },
            new MigrationOptions { FewPages = 0, MaxRounds = 5 });
        driver.Run(1000);
        Assert.InRange(report.PausedPages, 1, 100); // Of a thousand: the rest did not change.
        Assert.InRange(report.Rounds, 0, 5);
    }

    private static BackendFixture Fixture() => new(device: new EchoDevice { Features = ulong.MaxValue & ~(VhostUserFeatures.ProtocolFeatures | VhostUserFeatures.LogAll) });
}
