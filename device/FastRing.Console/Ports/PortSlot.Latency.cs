using FastRing.Console.Diagnostics;

namespace FastRing.Console.Ports;

/// <content>How long its buffers take, while anybody wants to know.</content>
internal sealed partial class PortSlot
{
    private bool _isMeasured;

    /// <summary>Called at each turn and each wake: while nobody listens that is all it costs.</summary>
    /// <returns>True while somebody does.</returns>
    private bool NoteListeners()
    {
        bool isOn = LatencyMeter.IsOn;
        if (isOn != _isMeasured)
        {
            Measure(isOn);
        }

        return isOn;
    }

    /// <summary>A wake may be for anything: it is a beginning only where there is something to do.</summary>
    private void NoteWork()
    {
        if (_transmit is { Latency: { } transmit } pump && pump.Queue.HasAvailable)
        {
            transmit.Woken();
        }

        if (Port.Endpoint is { MayHaveInput: true })
        {
            _receive?.Latency?.Woken();
        }
    }

    private void Measure(bool isOn)
    {
        _isMeasured = isOn;
        bool isMeasured = isOn && !IsVacant;
        if (_transmit is { } transmit)
        {
            transmit.Latency = isMeasured ? new TransmitLatency(new PortTags(_device, Port, "to_host"), transmit.Queue.Size, transmit.WaitsSince) : null;
        }

        if (_receive is { } receive)
        {
            receive.Latency = isMeasured ? new ReceiveLatency(new PortTags(_device, Port, "to_guest")) : null;
        }
    }
}
