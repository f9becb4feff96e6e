using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Ports;

/// <summary>A program in the guest that writes to a port, and the driver below it: one buffer after the other; it sleeps while all are on their way.</summary>
internal sealed class GuestWriter
{
    private const int Burst = 4;

    private readonly DriverQueue _queue;
    private readonly EventFd _call;
    private readonly GuestMemory _memory;
    private readonly DriverBuffer[] _slots;
    private readonly Stack<int> _free = new();
    private readonly byte[] _source;
    private readonly bool _fills;

    /// <param name="guest">Whose port it is.</param>
    /// <param name="port">The port.</param>
    /// <param name="source">What is written, again and again: its length is a buffer's.</param>
    /// <param name="buffers">Buffers under way at the most.</param>
    /// <param name="fills">False: what is to be written lies in the buffers from the beginning.</param>
    public GuestWriter(IPortedGuest guest, DriverPort port, byte[] source, int buffers, bool fills)
    {
        int queue = QueueMap.TransmitQueue((int)port.Id);
        _queue = guest.Queues[queue];
        _call = guest.CallOf(queue);
        _memory = guest.Queues.Memory;
        _source = source;
        _fills = fills;
        _slots = new DriverBuffer[buffers];
        for (int i = 0; i < buffers; i++)
        {
            _slots[i] = new DriverBuffer(guest.Queues.Allocate((ulong)source.Length), (uint)source.Length);
            Fill(i);
            _free.Push(i);
        }
    }

    /// <summary>Writes so many buffers and waits until the device has given all of them back.</summary>
    public void Run(int buffers)
    {
        RunWithoutEnd(buffers);
        while (_free.Count < _slots.Length)
        {
            ReclaimOrSleep();
        }
    }

    /// <summary>Writes so many buffers.</summary>
    public void RunWithoutEnd(int buffers)
    {
        for (int left = buffers; left > 0;)
        {
            int written = Write(Math.Min(Burst, left));
            left -= written;
            if (written == 0)
            {
                ReclaimOrSleep();
            }
        }
    }

    /// <summary>Writes so many buffers at the most, as far as there are some.</summary>
    /// <returns>Buffers written.</returns>
    public int Write(int most)
    {
        int written = 0;
        for (; written < most && _free.TryPop(out int slot); written++)
        {
            if (_fills)
            {
                Fill(slot);
            }

            if (!_queue.Ring.TryAdd(_slots[slot], writable: false, (ulong)slot))
            {
                throw new InvalidOperationException("no room on the ring");
            }
        }

        if (written > 0)
        {
            _queue.PublishAndKick();
        }

        return written;
    }

    /// <summary>Takes back what the device is done with.</summary>
    /// <returns>Buffers taken back.</returns>
    public int Reclaim()
    {
        int taken = 0;
        for (; _queue.Ring.TryTakeUsed(out UsedBuffer used); taken++)
        {
            _free.Push((int)used.Token);
        }

        return taken;
    }

    private void ReclaimOrSleep()
    {
        if (Reclaim() == 0 && !_queue.Ring.EnableNotifications())
        {
            _call.Drain();
        }
    }

    private void Fill(int slot) => _source.CopyTo(_memory.Window(_slots[slot].Address, _slots[slot].Length).Span);
}
