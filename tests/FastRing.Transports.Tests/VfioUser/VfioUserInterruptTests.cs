using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VfioUser.Protocol;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>The interrupts a vfio-user client asks for.</summary>
public sealed class VfioUserInterruptTests : IDisposable
{
    private readonly VfioUserFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(IrqSet.DataNone, PciIrq.Msix, 0, 0)] // No action.
    [InlineData(IrqSet.ActionTrigger, PciIrq.Msix, 0, 1)] // No data.
    [InlineData(IrqSet.DataNone | IrqSet.DataBool | IrqSet.ActionTrigger, PciIrq.Msix, 0, 1)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger | IrqSet.ActionMask, PciIrq.Intx, 0, 1)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger | 0x40, PciIrq.Intx, 0, 1)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 0, 4)] // There are three.
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 4, 0)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 1, uint.MaxValue)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, uint.MaxValue, 2)]
    [InlineData(IrqSet.DataBool | IrqSet.ActionTrigger, PciIrq.Msix, 0, 2)] // Without its bytes.
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, 1, 0, 0)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, 3, 0, 0)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionTrigger, 5, 0, 0)]
    [InlineData(IrqSet.DataNone | IrqSet.ActionMask, PciIrq.Msix, 0, 1)] // It is not maskable.
    [InlineData(IrqSet.DataEventFd | IrqSet.ActionUnmask, PciIrq.Intx, 0, 1)]
    public void What_can_t_be_done_with_interrupts_is_refused(uint flags, uint index, uint start, uint count)
    {
        using VfioUserClient client = _fixture.Connect();
        Assert.Equal(Errno.EINVAL, client.SetIrqs(flags, index, start, count));
        Assert.Equal(0, client.SetIrqs(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 0, 0));
    }

    [Fact]
    public void Descriptors_of_interrupts_are_as_many_as_the_interrupts_and_of_a_kind_that_does_not_block()
    {
        using VfioUserClient client = _fixture.Connect();
        using EventFd one = EventFd.Create();
        using EventFd two = EventFd.Create();
        using OwnedFd file = OwnedFd.CreateFile($"/dev/shm/fastring-irq-{Guid.NewGuid():N}");
        const uint Set = IrqSet.DataEventFd | IrqSet.ActionTrigger;
        Assert.Equal(Errno.EINVAL, client.SetIrqs(Set, PciIrq.Msix, 0, 3, null, one.Fd, two.Fd));
        Assert.Equal(Errno.EINVAL, client.SetIrqs(Set, PciIrq.Msix, 0, 1, null, one.Fd, two.Fd));
        Assert.Equal(Errno.EINVAL, client.SetIrqs(Set, PciIrq.Msix, 2, 2, null, one.Fd, two.Fd));
        Assert.Equal(Errno.EINVAL, client.SetIrqs(Set, PciIrq.Msix, 0, 2, null, one.Fd, file));
        Assert.Equal(Errno.EINVAL, client.SetIrqs(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 0, 1, null, one.Fd));
        Assert.Equal(0, client.SetIrqs(Set, PciIrq.Msix, 1, 2, null, one.Fd, two.Fd));
        Assert.Equal(0, client.SetIrqs(IrqSet.DataBool | IrqSet.ActionTrigger, PciIrq.Msix, 0, 3, [1, 0, 1]));
        Assert.Equal((0, 1), (one.Drain(), two.Drain()));
        Assert.Equal(0, client.SetIrqs(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 0, 3));
        Assert.Equal((1, 1), (one.Drain(), two.Drain()));
        Assert.Equal(0, client.SetIrqs(Set, PciIrq.Msix, 1, 1)); // None any more.
        Assert.Equal(0, client.SetIrqs(IrqSet.DataNone | IrqSet.ActionTrigger, PciIrq.Msix, 0, 3));
        Assert.Equal((0, 1), (one.Drain(), two.Drain()));
        System.IO.File.Delete(System.IO.File.ResolveLinkTarget($"/proc/self/fd/{file.Fd}", false)!.FullName);
    }

    [Fact]
    public void A_vector_s_notification_that_came_before_its_descriptor_is_not_lost()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        driver.ConnectVector(1, null);
        queue.Ring.EnableNotifications();
        queue.Ring.TryAdd([], [new DriverBuffer(driver.Allocate(8), 8)], 1);
        queue.PublishAndKick();
        Patience.Await(() => queue.Ring.TryTakeUsed(out _), "a used buffer");
        Patience.Await(() => driver.Read(1, 0x1000, 4) == 2, "the pending bit");
        Assert.Equal(0, queue.Call.Drain());
        driver.ConnectVector(1, queue.Call);
        Assert.Equal(1, queue.Call.Drain());
        Assert.Equal(0u, driver.Read(1, 0x1000, 4));
    }

    [Fact]
    public void INTx_is_signalled_once_and_again_when_it_is_unmasked_while_its_cause_is_there()
    {
        using VfioUserDriver driver = _fixture.Driver(out _, usesMsix: false);
        using EventFd line = EventFd.Create();
        Assert.Equal(0, driver.Client.SetIrqs(IrqSet.DataEventFd | IrqSet.ActionTrigger, PciIrq.Intx, 0, 1, null, line.Fd));
        _fixture.Worker.Run(() => _fixture.Echo.Transport!.NotifyConfigChanged());
        Assert.Equal(1, line.Drain());
        _fixture.Worker.Run(() => _fixture.Echo.Transport!.NotifyConfigChanged());
        Assert.Equal(0, line.Drain()); // It has masked itself.
        Assert.Equal(0, driver.Client.SetIrqs(IrqSet.DataNone | IrqSet.ActionUnmask, PciIrq.Intx, 0, 1));
        Assert.Equal(1, line.Drain());
        Assert.Equal(2u, driver.ReadIsr());
        Assert.Equal(0, driver.Client.SetIrqs(IrqSet.DataNone | IrqSet.ActionUnmask, PciIrq.Intx, 0, 1));
        Assert.Equal(0, line.Drain());
        Assert.Equal(0, driver.Client.SetIrqs(IrqSet.DataNone | IrqSet.ActionMask, PciIrq.Intx, 0, 1));
        _fixture.Worker.Run(() => _fixture.Echo.Transport!.NotifyConfigChanged());
        Assert.Equal(0, line.Drain());
        Assert.Equal(0, driver.Client.SetIrqs(IrqSet.DataBool | IrqSet.ActionUnmask, PciIrq.Intx, 0, 1, [1]));
        Assert.Equal(1, line.Drain());
    }
}
