using FastRing.Queues;

namespace FastRing.Workloads.Copies;

/// <summary>A driver that offers its buffers in turn and never looks into them.</summary>
internal sealed class CopyDriver(DriverVirtqueue queue, CopyPlan plan)
{
    private int _next;

    /// <summary>Offers up to <paramref name="buffers"/> of them and publishes once.</summary>
    public void Offer(int buffers)
    {
        for (int i = 0; i < buffers; i++)
        {
            queue.TryAdd(new DriverBuffer(plan.Buffer(_next), (uint)plan.BufferBytes), plan.IntoGuest, (ulong)_next);
            _next = _next + 1 == plan.Buffers ? 0 : _next + 1;
        }

        queue.PublishQuietly();
    }

    /// <summary>Takes back what the device is done with.</summary>
    public int Collect()
    {
        int taken = 0;
        while (queue.TryTakeUsed(out _))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>Keeps as many buffers as there are under way until <paramref name="buffers"/> came back.</summary>
    public void Run(int buffers)
    {
        int free = plan.Buffers;
        for (int left = buffers, back = 0; back < buffers;)
        {
            int offered = Math.Min(free, left);
            if (offered > 0)
            {
                Offer(offered);
            }

            int taken = Collect();
            free += taken - offered;
            left -= offered;
            back += taken;
            if (offered + taken == 0)
            {
                SpinHint.Pause();
            }
        }
    }
}
