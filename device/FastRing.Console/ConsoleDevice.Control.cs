using FastRing.Console.Ports;
using FastRing.Console.Spec;
using FastRing.Diagnostics;

namespace FastRing.Console;

/// <content>The conversation with the driver, and what is told of it.</content>
public sealed partial class ConsoleDevice
{
    private const long MillisecondsBetweenBadControls = 1000;

    private long _nextBadControl;
    private ulong _unknownControl;

    /// <summary>The driver negotiated MULTIPORT: it has control queues.</summary>
    internal bool IsMultiport { get; private set; }

    /// <summary>A port has something to tell the driver, at the next <see cref="RunControlReceive"/>.</summary>
    internal void Enqueue(PortSlot slot) => _controlReceive.Enqueue(slot);

    /// <summary>Tells the driver what ports have pending, as far as it has control buffers.</summary>
    internal void RunControlReceive()
    {
        if (_controlTransmit.IsHandling)
        {
            return; // What is half done is in no record; afterwards it is run anyway.
        }

        _controlReceive.Run();
        if (_controlReceive.Queue is { } queue)
        {
            CheckRing(QueueMap.ControlReceive, queue);
        }
    }

    internal void HandleControl(in ControlMessage message)
    {
        if (message.Event == ControlEvent.DeviceReady)
        {
            DeviceReady(message.Value == 1);
        }
        else if (_table.Find(message.Port) is not { } slot)
        {
            _unknownControl++;
            _log.NoSuchPort(message);
            RaiseBadControl();
        }
        else if (slot.IsUntold)
        {
            // A late word about the port that was there before: no port's fault.
        }
        else
        {
            slot.Port.Recorder?.FromDriver(message);
            HandleControl(slot, message);
        }
    }

    private void HandleControl(PortSlot slot, in ControlMessage message)
    {
        if (message.Event == ControlEvent.PortReady)
        {
            PortReady(slot, message.Value == 1);
        }
        else if (message.Event == ControlEvent.PortOpen)
        {
            slot.DriverOpened(message.Value != 0);
        }
        else
        {
            _unknownControl++;
            _log.UnknownEvent(message);
            RaiseBadControl();
        }
    }

    internal void Raise(PortEventKind kind, Port? port, string? detail = null)
    {
        if (FastRingEventSource.Log.IsEnabled())
        {
            FastRingEventSource.Log.PortChanged(Name, port?.Name ?? "", kind.ToString(), detail ?? "");
        }

        try
        {
            PortChanged?.Invoke(new PortEvent(kind, port, detail));
        }
        catch (Exception e)
        {
            ReportFault($"handler of {nameof(PortChanged)}", e);
        }
    }

    /// <summary>A guest can do it as often as it likes: once a second is enough to know.</summary>
    internal void RaiseBadControl()
    {
        long now = Environment.TickCount64;
        if (now >= _nextBadControl)
        {
            _nextBadControl = now + MillisecondsBetweenBadControls;
            Raise(PortEventKind.BadControl, null);
        }
    }

    private void DeviceReady(bool ready)
    {
        IsDriverReady = ready;
        Raise(ready ? PortEventKind.DriverReady : PortEventKind.DriverFailed, null);
        if (!ready)
        {
            _log.DriverFailed();
            return;
        }

        foreach (PortSlot slot in _table.Slots)
        {
            slot.Announce();
        }
    }

    private void PortReady(PortSlot slot, bool ready)
    {
        if (ready)
        {
            IsDriverReady = true; // One that resumes says no DEVICE_READY.
            slot.DriverReady();
        }
        else
        {
            _log.PortFailed(slot.Port);
            slot.Port.DriverFailed();
        }
    }

    /// <summary>A driver without MULTIPORT has port 0 only, ready and open as soon as its ring runs.</summary>
    private void OpenWithoutMultiport(PortSlot slot)
    {
        if (!IsMultiport && slot.Id == 0 && !slot.IsVacant)
        {
            slot.DriverReady();
            slot.DriverOpened(true);
        }
    }
}
