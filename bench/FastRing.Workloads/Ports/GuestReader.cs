using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads.Ports;

/// <summary>A program in the guest that reads a port, and the driver below it: it looks at every byte, and sleeps while there is none.</summary>
internal sealed class GuestReader
{
    private const int Burst = 4;

    private readonly DriverQueue _queue;
    private readonly EventFd _call;
    private readonly GuestMemory _memory;
    private readonly DriverBuffer[] _slots;
    private int _unpublished;

    /// <param name="guest">Whose port it is; its driver has no receive buffers of its own there.</param>
    /// <param name="port">The port; at the other end is somebody who writes messages of that length.</param>
    /// <param name="messageBytes">Bytes of a message, and of a buffer.</param>
    /// <param name="buffers">Buffers the device has at the most.</param>
    public GuestReader(IPortedGuest guest, DriverPort port, int messageBytes, int buffers)
    {
        int queue = QueueMap.ReceiveQueue((int)port.Id);
        _queue = guest.Queues[queue];
        _call = guest.CallOf(queue);
        _memory = guest.Queues.Memory;
        _slots = new DriverBuffer[buffers];
        for (int i = 0; i < buffers; i++)
        {
            _slots[i] = new DriverBuffer(guest.Queues.Allocate((ulong)messageBytes), (uint)messageBytes);
        }
    }

    /// <summary>Gives the device so many buffers, one by one as they come back, and reads each: it has none when this returns, and whoever writes must wait.</summary>
    public void Run(int messages)
    {
        int offered = Math.Min(messages, _slots.Length);
        for (int i = 0; i < offered; i++)
        {
            Offer((ulong)i);
        }

        Publish();
        for (int read = 0; read < messages;)
        {
            if (!_queue.Ring.TryTakeUsed(out UsedBuffer used))
            {
                PublishOrSleep();
                continue;
            }

            Look(used);
            read++;
            if (offered < messages)
            {
                offered++;
                Offer(used.Token);
                PublishBurst();
            }
        }
    }

    private void Look(in UsedBuffer used)
    {
        DriverBuffer buffer = _slots[used.Token];
        if (used.Written != buffer.Length)
        {
            throw new InvalidDataException($"a message of {used.Written} bytes came");
        }

        ByteLook.At(_memory.Window(buffer.Address, buffer.Length).Span);
    }

    private void Offer(ulong slot)
    {
        if (!_queue.Ring.TryAdd(_slots[slot], writable: true, slot))
        {
            throw new InvalidOperationException("no room on the ring");
        }

        _unpublished++;
    }

    private void PublishBurst()
    {
        if (_unpublished >= Burst)
        {
            Publish();
        }
    }

    private void PublishOrSleep()
    {
        if (_unpublished > 0)
        {
            Publish();
        }
        else if (!_queue.Ring.EnableNotifications())
        {
            _call.Drain();
        }
    }

    private void Publish()
    {
        _unpublished = 0;
        _queue.PublishAndKick();
    }
}
