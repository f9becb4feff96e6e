using System.Buffers.Binary;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Backend;

public class BrokenRingTests
{
    [Fact]
    public void A_malformed_ring_is_reported_and_counted_and_the_other_goes_on()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue bad = session.StartQueue(0, 64);
        var good = new EchoDriver(session, session.StartQueue(1, 64));
        good.Run(10);
        JumpAvailableIndex(session, bad);
        ProcessState.Await(() => bad.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);

        for (int i = 0; i < 100; i++)
        {
            bad.Kick.Signal();
            good.Run(10);
        }

        fixture.Run(() => fixture.Device.Transport!.QueueBroken(0, VirtqueueError.AvailableIndexJumped));
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);
        Assert.Equal(0, bad.Error.Drain());
    }

    [Fact]
    public void A_malformed_ring_works_again_when_it_is_set_up_anew()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue bad = session.StartQueue(0, 64);
        JumpAvailableIndex(session, bad);
        ProcessState.Await(() => bad.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(0u, bad.Stop());
        new EchoDriver(session, session.StartQueue(0, 64)).Run(200);
    }

    [Theory]
    [InlineData(8UL, 0UL, 0UL)] // misaligned
    [InlineData(0UL, 1UL, 0UL)]
    [InlineData(0UL, 0UL, 2UL)]
    [InlineData(1UL << 20, 0UL, 0UL)] // behind the end of memory
    [InlineData(0UL, 1UL << 20, 0UL)]
    [InlineData(0UL, 0UL, 1UL << 20)]
    [InlineData((1UL << 20) - 64, 0UL, 0UL)] // over the end of memory
    [InlineData(0UL, 0UL, (1UL << 20) - 64)]
    [InlineData(ulong.MaxValue - 1024, 0UL, 0UL)]
    public void A_ring_that_lies_nowhere_is_refused_and_can_be_corrected(ulong descriptors, ulong driver, ulong device)
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        using var ring = new ManualRing(session.Frontend, session.Memory, 0, 16, session.Features);
        ring.SetUp(enable: false);
        ulong start = DriverMemory.ToFrontend(default).Value;
        VringAddresses right = ring.Addresses;
        var wrong = new VringAddresses(
            descriptors == 0 ? right.Descriptors : new FrontendAddress(unchecked(start + descriptors)),
            driver == 0 ? right.Driver : new FrontendAddress(unchecked(start + driver)),
            device == 0 ? right.Device : new FrontendAddress(unchecked(start + device)));
        session.Frontend.SetVringAddr(0, wrong);
        Assert.Throws<VhostUserException>(() => session.Frontend.SetVringEnable(0, enabled: true));
        Assert.True(ring.HasError);
        Assert.Equal(1UL, fixture.Counters.BrokenQueues);
        session.Frontend.SetVringAddr(0, right);
        session.Frontend.SetVringKick(0, ring.Kick.Fd);
        ring.EchoOne();
    }

    [Fact]
    public void A_device_that_fails_over_a_kick_costs_that_ring_only()
    {
        using var fixture = new BackendFixture();
        using FrontendSession session = fixture.OpenSession();
        FrontendQueue bad = session.StartQueue(0, 64);
        var good = new EchoDriver(session, session.StartQueue(1, 64));
        fixture.Run(() => fixture.Device.NextFault = new InvalidOperationException("broken device"));
        bad.Kick.Signal();
        ProcessState.Await(() => bad.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(1UL, fixture.Counters.Rejected(RejectionReason.Fault));
        good.Run(100);
        session.Frontend.GetFeatures();
    }

    private static void JumpAvailableIndex(FrontendSession session, FrontendQueue queue)
    {
        Span<byte> index = session.Memory.Bytes(new GuestAddress(queue.Layout.Driver.Value + 2), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(index, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(index) + queue.Ring.Size + 1));
        queue.Kick.Signal();
    }
}
