using FastRing.Console.Ports;
using FastRing.Console.Recovery;
using FastRing.Console.Spec;
using FastRing.Console.State;
using FastRing.Devices.Recovery;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Console;

/// <content>
/// What it leaves for another when its process is killed. A message of the driver is in the journal before its buffer is back; then it is dealt with, and the record is what is known
/// since. The record is stored before and after messages to the driver are written, and they are shown after that. Which record holds, and whether the journal's messages are the
/// ring's still, the rings say: each is where it was before its last publication, or after it.
/// </content>
public sealed partial class ConsoleDevice : IRecoverableDevice
{
    private readonly ulong _instance = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray()); // By chance, without the library that ciphers need: every device would load it at its start.
    private ConsoleArea? _area;
    private Recovering? _recovering;
    private bool _isRecovering; // What is known is half of the old device's.

    /// <inheritdoc/>
    public int RecoveryBytes => new AreaLayout(_table.Ports.Count).SizeBytes;

    /// <inheritdoc/>
    public string? BeginRecovery(RecoveryArea area, bool isNew)
    {
        ArgumentNullException.ThrowIfNull(area);
        if (IsRunning || area.Length < RecoveryBytes)
        {
            return IsRunning ? "queues: some are running" : $"area: length: {area.Length} bytes, and {RecoveryBytes} are needed";
        }

        var kept = new ConsoleArea(area, _table.Ports.Count);
        var records = new List<(KeptState, ConsoleState)>();
        bool isFirst = isNew || kept.IsBlank;
        if ((isFirst ? null : kept.WhyNot() ?? ReadRecords(kept, records)) is { } why)
        {
            return why;
        }

        _area = kept;
        if (isFirst)
        {
            KeepStreams(isNew: true);
            kept.Format();
            Keep();
        }
        else
        {
            _recovering = new Recovering(kept, records);
            RecoverWhenComplete();
        }

        return null;
    }

    /// <inheritdoc/>
    public void EndRecovery()
    {
        _recovering = null;
        _area = null;
        KeepStreams(isNew: false);
    }

    /// <summary>What is known of the driver may be other than before. Nothing, where there is no area.</summary>
    internal void Keep()
    {
        if (_area is { } area && _recovering is null && !_isRecovering && !_controlTransmit.IsHandling)
        {
            ConsoleState state = Save(static slot => slot.SaveRunning(), _instance);
            area.Records.Keep(new KeptState(state.Write(), state.Control.Base, _controlTransmit.Received));
        }
    }

    /// <summary>Messages of the driver are about to be its own again.</summary>
    internal void Journal(uint before, uint after, ReadOnlySpan<ControlMessage> messages) =>
        _area?.Journal.Write(before, after, _controlTransmit.Received, messages);

    /// <summary>One that can be read is enough: the other may have been half written.</summary>
    private string? ReadRecords(ConsoleArea area, List<(KeptState, ConsoleState)> records)
    {
        string? why = "area: record: there is none";
        foreach (KeptState kept in area.Records.Read())
        {
            string? wrong = ConsoleState.TryRead(kept.State, out ConsoleState? state) ?? WhyNot(state!, new PortState?[_table.Slots.Length])
                ?? (state!.Features != _negotiated ? $"features: 0x{state.Features:x} in the area, 0x{_negotiated:x} negotiated" : null);
            if (wrong is null)
            {
                records.Add((kept, state!));
            }
            else
            {
                why = wrong;
            }
        }

        return records.Count > 0 ? null : why;
    }

    private void RecoverWhenComplete()
    {
        if (_recovering is { IsComplete: true } recovering)
        {
            _recovering = null;
            if (recovering.Choose(_negotiated) is { } chosen)
            {
                Recover(recovering, chosen.Kept, chosen.State);
            }
            else
            {
                _log.NotRecovered();
                KeepStreams(isNew: false);
                Start(recovering.Queues);
                Keep();
            }
        }
    }

    /// <summary>Load, then the queues, then what the driver had said: as it was for the device that was killed.</summary>
    private void Recover(Recovering recovering, KeptState kept, ConsoleState state)
    {
        ControlMessage[] unhandled = recovering.Unhandled(kept);
        PortState?[] ports = new PortState?[_table.Slots.Length];
        foreach (PortState port in state.Ports)
        {
            // Who is there now was there then only if this is the same process, whose frontend came back.
            ports[port.Number] = state.Instance == _instance ? port : port with { HostOpens = uint.MaxValue };
        }

        _isRecovering = true;
        KeepStreams(isNew: false);
        Load(state, ports, Successor.Killed);
        Epoch = Math.Max(Epoch, state.Epoch);
        Start(recovering.Queues);
        _isRecovering = false;
        _controlTransmit.Recover(kept.Handled, unhandled);
        Raise(PortEventKind.Recovered, null);
        foreach (int index in recovering.Queues.Keys)
        {
            QueueKicked(index);
        }
    }

    private void KeepStreams(bool isNew)
    {
        foreach (PortSlot slot in _table.Slots)
        {
            slot.Keep(_area, isNew);
        }
    }

    /// <summary>The driver is another's: what a killed process left is of no use.</summary>
    private void ForgetRecovery()
    {
        if (_recovering is not null)
        {
            _recovering = null;
            KeepStreams(isNew: false);
        }
    }

    private void Start(IReadOnlyDictionary<int, (Virtqueue Queue, bool IsEnabled)> queues)
    {
        foreach ((int index, (Virtqueue queue, bool enabled)) in queues)
        {
            QueueStarted(index, queue, enabled);
        }
    }
}
