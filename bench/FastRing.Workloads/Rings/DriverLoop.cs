using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Rings;

/// <summary>The driver's thread: what Linux's ringtest calls the guest.</summary>
/// <param name="queue">The driver's end.</param>
/// <param name="wait">What to do in between.</param>
/// <param name="outstanding">Messages under way at the most.</param>
internal sealed class DriverLoop<TWait>(DriverVirtqueue queue, TWait wait, int outstanding)
    where TWait : struct, IWait
{
    private const uint BufferBytes = 64;
    private const int Burst = 64;

    /// <summary>Ringtest's loop: each time round at most one message is added, and published at once, and at most one taken back; waits when neither was possible.</summary>
    public void RunExact(int messages)
    {
        var buffer = new DriverBuffer(new GuestAddress(0), BufferBytes);
        int started = 0;
        int completed = 0;
        while (true)
        {
            bool worked = false;
            if (started < messages && started - completed < outstanding && queue.TryAdd(buffer, writable: true, (uint)started))
            {
                wait.Publish(queue);
                started++;
                worked = true;
            }

            if (queue.TryTakeUsed(out _))
            {
                if (++completed == messages)
                {
                    return;
                }
            }
            else if (!worked)
            {
                wait.ForUsed(queue);
            }
        }
    }

    /// <summary>FastRing's best way: adds while there is room, publishes once a burst, takes all there is.</summary>
    public void RunBatched(int messages)
    {
        int started = 0;
        int completed = 0;
        while (completed < messages)
        {
            int added = Add(Math.Min(Burst, Math.Min(messages - started, outstanding - (started - completed))), started);
            started += added;
            int taken = 0;
            while (taken < Burst && queue.TryTakeUsed(out _))
            {
                taken++;
            }

            completed += taken;
            if (added + taken == 0)
            {
                wait.ForUsed(queue);
            }
        }
    }

    private int Add(int room, int token)
    {
        var buffer = new DriverBuffer(new GuestAddress(0), BufferBytes);
        int added = 0;
        while (added < room && queue.TryAdd(buffer, writable: true, (uint)(token + added)))
        {
            added++;
        }

        if (added > 0)
        {
            wait.Publish(queue);
        }

        return added;
    }
}
