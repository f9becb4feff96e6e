using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Workloads.Notify;

namespace FastRing.Workloads.Ports;

/// <summary>A program in the guest that sends 64 bytes and waits until they come back, and the driver below it.</summary>
internal sealed class GuestCaller
{
    private const uint MessageBytes = 64;
    private const int Answers = 64;
    private const int ReclaimAt = 128; // Buffers that came back are taken when so many were sent, as Linux' drivers do.

    private readonly DriverQueue _transmit;
    private readonly DriverQueue _receive;
    private readonly EventFd _call;
    private readonly DriverBuffer _question;
    private readonly DriverBuffer[] _answers = new DriverBuffer[Answers];
    private int _sent;

    /// <param name="guest">Whose port it is; its driver has no receive buffers of its own there.</param>
    /// <param name="port">The port; at the other end is somebody who sends back what comes.</param>
    public GuestCaller(IPortedGuest guest, DriverPort port)
    {
        int receive = QueueMap.ReceiveQueue((int)port.Id);
        _transmit = guest.Queues[QueueMap.TransmitQueue((int)port.Id)];
        _receive = guest.Queues[receive];
        _call = guest.CallOf(receive);
        _question = new DriverBuffer(guest.Queues.Allocate(MessageBytes), MessageBytes);
        for (int i = 0; i < Answers; i++)
        {
            _answers[i] = new DriverBuffer(guest.Queues.Allocate(MessageBytes), MessageBytes);
            _receive.Ring.TryAdd(_answers[i], writable: true, (ulong)i);
        }

        _receive.PublishAndKick();
    }

    /// <summary>Both sides poll.</summary>
    public void RunPolling(int messages, RoundTripTimes times)
    {
        long last = Stopwatch.GetTimestamp();
        UsedBuffer? taken = null; // Offered again while the next question is under way.
        for (int i = 0; i < messages; i++)
        {
            Send();
            _transmit.Ring.PublishQuietly();
            Reoffer(taken);
            UsedBuffer used;
            while (!_receive.Ring.TryTakeUsed(out used))
            {
                SpinHint.Pause();
            }

            taken = used;
            last = Time(last, times);
        }

        Reoffer(taken);
    }

    /// <summary>Kicks, and sleeps until it is notified.</summary>
    public void RunSleeping(int messages, RoundTripTimes times)
    {
        long last = Stopwatch.GetTimestamp();
        for (int i = 0; i < messages; i++)
        {
            Send();
            _transmit.PublishAndKick();
            UsedBuffer used;
            while (!_receive.Ring.TryTakeUsed(out used))
            {
                if (!_receive.Ring.EnableNotifications())
                {
                    _call.Drain();
                }
            }

            Offer(used);
            _receive.PublishAndKick();
            last = Time(last, times);
        }
    }

    private static long Time(long last, RoundTripTimes times)
    {
        long now = Stopwatch.GetTimestamp();
        times.Add(now - last);
        return now;
    }

    private void Send()
    {
        if (++_sent % ReclaimAt == 0)
        {
            while (_transmit.Ring.TryTakeUsed(out _))
            {
            }
        }

        if (!_transmit.Ring.TryAdd(_question, writable: false, 0))
        {
            throw new InvalidOperationException("no room on the ring");
        }
    }

    private void Reoffer(in UsedBuffer? used)
    {
        if (used is { } buffer)
        {
            Offer(buffer);
            _receive.Ring.PublishQuietly();
        }
    }

    private void Offer(in UsedBuffer used)
    {
        if (used.Written != MessageBytes || !_receive.Ring.TryAdd(_answers[used.Token], writable: true, used.Token))
        {
            throw new InvalidDataException($"{used.Written} bytes came back");
        }
    }
}
