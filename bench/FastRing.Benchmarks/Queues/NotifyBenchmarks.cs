using BenchmarkDotNet.Attributes;

namespace FastRing.Benchmarks.Queues;

/// <summary>The decision about a notification for each chain, and the device's own requests.</summary>
public class NotifyBenchmarks : RingBenchmarks
{
    private readonly CountingNotifier _notifier = new();

    [Params(false, true)]
    public bool EventIndex { get; set; }

    /// <summary>Rounds in which the driver wants no notification of any chain.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void Suppressed()
    {
        Ring.WantNoNotification();
        ExpectAll(Device.Pop(Batch));
        for (int i = 0; i < Chains; i++)
        {
            Device.Complete(Batch, 1);
            Device.PublishAndNotify();
        }

        Ring.MakeAvailable();
    }

    /// <summary>Rounds in which it wants one of every chain: its store that says so included.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void Wanted()
    {
        ulong before = _notifier.Notifications;
        ExpectAll(Device.Pop(Batch));
        for (int i = 0; i < Chains; i++)
        {
            Ring.WantNotification();
            Device.Complete(Batch, 1);
            Device.PublishAndNotify();
        }

        ExpectAll((int)(_notifier.Notifications - before));
        Ring.MakeAvailable();
    }

    /// <summary>What a device does when it runs out of chains and wakes up again: asks for notifications, looks once more, and asks for none.</summary>
    [Benchmark(OperationsPerInvoke = Chains)]
    public void EnableAndSuppress()
    {
        int available = 0;
        for (int i = 0; i < Chains; i++)
        {
            available += Device.EnableNotifications() ? 1 : 0;
            Device.SuppressNotifications();
        }

        ExpectAll(available);
    }

    private protected override FullRing CreateRing()
    {
        FullRing ring = FullRing.Create(Layout, ChainShape.One, EventIndex);
        ring.Device.Notifier = _notifier;
        return ring;
    }
}
