using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;

namespace FastRing.Fuzz.Targets;

/// <summary>
/// A driver and a device that keep to the rules, while somebody writes what he likes into the words by which each asks to be notified. Oracle: those words, read as the specification
/// has them (virtio 1.2, 2.7.7, 2.7.10, 2.8.10 and 2.8.14), position by position.
/// </summary>
internal sealed class EventIndexes : FuzzTarget
{
    private const ulong RingAt = 0x1_0000;
    private const int MostSteps = 200;
    private const int MostChains = 64;

    private readonly TestGuest _guest = new((0, 0x1000), (RingAt, 0x1000));
    private readonly ChainBatch _batch = new(MostChains, ChainDirection.Both);
    private VirtqueueSetup _setup;
    private DriverVirtqueue _driver = null!;
    private Virtqueue _device = null!;
    private long _added;      // Chains published, and so slots.
    private long _asked;      // Of them, when the driver last asked whether to notify.
    private long _popped;
    private long _shown;      // Chains used and published.
    private long _decided;    // Of them, when the device last asked.
    private bool _isFirst;    // The device has never asked.
    private bool _hasWrapped;

    public override string Name => "event-index";

    private ushort Size => _driver.Size;

    private bool IsPacked => (_setup.Features & VirtioFeatures.RingPacked) != 0;

    private bool HasEventIndex => (_setup.Features & VirtioFeatures.EventIndex) != 0;

    public override void Run(ReadOnlySpan<byte> bytes)
    {
        var input = new FuzzInput(bytes);
        Begin(input.Byte());
        for (int i = 0; i < MostSteps && !input.IsEmpty; i++)
        {
            Step(ref input);
            Must(_device.Error == VirtqueueError.None && !_driver.IsBroken);
        }
    }

    public override void Dispose()
    {
        _guest.Dispose();
        base.Dispose();
    }

    private void Begin(byte kind)
    {
        ulong features = ((kind & 1) != 0 ? VirtioFeatures.RingPacked : 0) | ((kind & 2) == 0 ? VirtioFeatures.EventIndex : 0) | ((kind & 4) != 0 ? VirtioFeatures.InOrder : 0);
        ushort size = (ushort)(1 << ((kind >> 3) & 3));
        size += (ushort)((kind & 0x61) == 0x61 ? 3 : 0); // A packed ring's need be no power of two.
        _setup = RingSetup.At(new(RingAt), size, features);
        _driver = DriverVirtqueue.Create(_guest.Memory, new(RingAt), size, features);
        (_added, _asked, _popped, _shown, _decided) = (0, 0, 0, 0, 0);
        _hasWrapped = false;
        _batch.Clear();
        Restart();
    }

    private void Restart()
    {
        _device = Virtqueue.TryCreate(_setup with { Base = _device is null || _shown == 0 ? _setup.Base : _device.Base }, _guest.Memory, out Virtqueue? device) == VirtqueueError.None
            ? device!
            : throw new FindingException("the ring was refused");
        _popped = _shown;
        _decided = _shown;
        _isFirst = true;
        _batch.Clear();
    }

    private void Step(ref FuzzInput input)
    {
        byte what = input.Byte();
        int count = 1 + (what >> 4);
        switch (what & 15)
        {
            case 0 or 1: Add(count); break;
            case 2: DriverDecides(); break;
            case 3 or 4: Use(count); break;
            case 5: Show(); break;
            case 6 or 7: DeviceDecides(); break;
            case 8: Overwrite(_setup.Driver.Value, used: true, ref input); break;
            case 9: Overwrite(_setup.Device.Value, used: false, ref input); break;
            case 10: Enable(); break;
            case 11: _device.SuppressNotifications(); break;
            case 12: Take(); break;
            case 13: Turn(count); break;
            case 14: _driver.EnableNotifications(); break;
            default: _device.PublishQuietly(); Show(); Restart(); break;
        }
    }

    private void Add(int count)
    {
        Take();
        for (int i = 0; i < count && _driver.TryAdd(new DriverBuffer(new(0x100), 8), (i & 1) != 0, (ulong)i); i++)
        {
            _added++;
        }

        _driver.PublishQuietly();
    }

    private void DriverDecides()
    {
        bool expected = _added != _asked && IsAsked(_setup.Device.Value, Size * 8UL, _asked, _added);
        Must(_driver.NotificationDue() == expected, "the driver kicks exactly when the device asked for it");
        _asked = _added;
        Reach(expected ? "kicked" : "not kicked");
    }

    private void Use(int count)
    {
        while (_device.Pop(_batch) is var popped and > 0)
        {
            _popped += popped;
            Must(_popped <= _added);
        }

        Must(_popped == _added || _batch.Count == MostChains);
        _device.Complete(_batch, Math.Min(count, _batch.Count));
    }

    private void Show()
    {
        _device.PublishQuietly();
        _shown = _popped - _batch.Count;
    }

    private void DeviceDecides()
    {
        Show();
        bool nothing = _shown == _decided;
        bool expected = !nothing && (IsAsked(_setup.Driver.Value, Size * 2UL, _decided, _shown) || (_isFirst && !IsOff(_setup.Driver.Value)));
        Must(_device.NotificationDue() == expected, "the device notifies exactly when the driver asked for it");
        _isFirst &= nothing;
        _decided = _shown;
        Reach(expected ? "notified" : "not notified");
    }

    /// <summary>After it the next chain is notified of, or it is there already: no wake-up is lost.</summary>
    private void Enable()
    {
        Must(_device.EnableNotifications() == (_added > _popped));
        Must(IsAsked(_setup.Device.Value, Size * 8UL, _popped, _popped + 1), "the next chain is asked for");
        Reach("enabled");
    }

    private void Take()
    {
        Show();
        while (_driver.TryTakeUsed(out UsedBuffer used))
        {
            Must(used.Written == 0);
        }
    }

    /// <summary>Many chains, so that indices wrap.</summary>
    private void Turn(int count)
    {
        // Once as many as there are indices, as it takes its time.
        int rounds = count == 16 && !_hasWrapped ? 0x1_0000 / Size : count;
        _hasWrapped |= count == 16;
        for (int i = 0; i < rounds; i++)
        {
            Add(Size);
            Use(Size);
        }

        Take();
    }

    /// <summary>Somebody writes near where it matters, or anywhere.</summary>
    private void Overwrite(ulong area, bool used, ref FuzzInput input)
    {
        byte how = input.Byte();
        ushort near = (ushort)((used ? _shown : _added) + (how >> 3) - 16);
        if (IsPacked)
        {
            long place = (used ? _shown : _added) + (how >> 3) - 16 + (4 * Size);
            ushort offset = (ushort)((place % Size) | (place / Size % 2 == 0 ? 0x8000L : 0));
            _guest.Write16(area, (how & 4) != 0 ? input.UInt16() : offset);
            _guest.Write16(area + 2, (ushort)((how & 3) == 3 ? input.UInt16() : how & 3));
            return;
        }

        _guest.Write16(area + 4 + (Size * (used ? 2UL : 8UL)), (how & 4) != 0 ? input.UInt16() : near);
        _guest.Write16(area, (ushort)(how & 3));
    }

    private bool IsOff(ulong area) => IsPacked ? (_guest.Read16(area + 2) & 3) == 1 : !HasEventIndex && (_guest.Read16(area) & 1) != 0;

    /// <summary>Whether the words in an area ask for a notification when the other side's position moves.</summary>
    private bool IsAsked(ulong area, ulong ringBytes, long before, long now)
    {
        int flags = _guest.Read16(area + 2) & 3;
        if (IsOff(area) || !HasEventIndex || (IsPacked && flags != 2))
        {
            return !IsOff(area);
        }

        ushort wanted = _guest.Read16(IsPacked ? area : area + 4 + ringBytes);
        bool isPassed = now - before >= (IsPacked ? Size : 0x1_0000) || (IsPacked && (wanted & 0x7fff) >= Size);
        for (long position = before; position < now && !isPassed; position++)
        {
            isPassed = IsPacked
                ? (wanted & 0x7fff) == position % Size && (wanted >> 15 == 1) == (position / Size % 2 == 0)
                : (ushort)position == wanted;
        }

        return isPassed;
    }
}
