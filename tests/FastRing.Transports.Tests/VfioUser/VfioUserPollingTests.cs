using FastRing.Devices;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Workers;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>A PCI function whose worker looks at its rings itself.</summary>
public sealed class VfioUserPollingTests : IDisposable
{
    private readonly VfioUserFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private ulong Kicks => _fixture.Worker.Run(() => _fixture.Server.RegisterCounters!.Kicks);

    [Fact]
    public void A_worker_that_polls_needs_no_doorbell_and_one_that_sleeps_again_does()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);
        _fixture.Worker.Worker.WaitStrategy = WaitStrategy.Poll;
        UntilKicked(driver, queue, isKicked: false);
        for (int i = 0; i < 100; i++)
        {
            Assert.False(Echo.Once(driver, queue));
        }

        _fixture.Worker.Worker.WaitStrategy = WaitStrategy.Sleep;
        ulong before = Kicks;
        UntilKicked(driver, queue, isKicked: true);
        Patience.Await(() => Kicks > before, "the doorbell to be counted");
        Echo.Once(driver, queue);
    }

    [Fact]
    public void A_ring_that_turns_out_malformed_while_it_is_polled_makes_the_device_need_a_reset()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        _fixture.Worker.Worker.WaitStrategy = WaitStrategy.Poll;
        UntilKicked(driver, queue, isKicked: false);
        Assert.True(queue.Ring.TryAdd(new DriverBuffer(new GuestAddress(1UL << 40), 8), writable: true, 1));
        queue.Ring.PublishQuietly();
        Patience.Await(() => driver.Status.HasFlag(DeviceStatus.NeedsReset), "the reset it needs");
        Assert.Equal(VirtqueueError.BufferNotMapped, _fixture.Worker.Run(() => _fixture.Echo.LastBroken));
        _fixture.Worker.Worker.WaitStrategy = WaitStrategy.Sleep;
        _fixture.Worker.Run(() => { });
    }

    /// <summary>The worker takes up what it was told when it comes round.</summary>
    private void UntilKicked(VfioUserDriver driver, DriverQueue queue, bool isKicked) => Patience.Await(
        () =>
        {
            // Nothing else is under way then: in the middle of a turn it asks for no doorbell either.
            _fixture.Worker.Run(() => { });
            _fixture.Worker.Run(() => { });
            return Echo.Once(driver, queue) == isKicked;
        },
        isKicked ? "a doorbell" : "none");
}
