using Xunit;

namespace FastRing.Tests.Models;

/// <summary>The half of a run that is about who asked to be notified of what.</summary>
internal sealed partial class ModelRun
{
    /// <summary>How far an index may go before an event index that lies as far away as can be is passed.</summary>
    private const int HalfRound = 0x8000;

    private readonly NotificationRule _rule;
    private long _availableDecided;   // AvailableSlots at the last decision about a kick
    private long _usedDecided;        // UsedSlots at the last decision about a call
    private bool _isFirstDecision = true;
    private long? _deviceSleeps;      // AvailableSlots when it asked and there was nothing; it was not kicked since
    private long? _driverSleeps;      // UsedSlots then
    private bool _deviceSuppresses;   // it said it looks by itself, and has not asked since
    private long? _driverSuppresses;  // UsedSlots when it did

    private void PublishAvailable()
    {
        _model.PublishAvailable();
        _pair.Driver.PublishQuietly();
        DecideKick();
    }

    private void PublishAvailableQuietly()
    {
        _model.PublishAvailable();
        _pair.Driver.PublishQuietly();
    }

    private void DecideKick()
    {
        (long before, long after) = (_availableDecided, _model.AvailableSlots);
        bool asked = before != after && _rule.DeviceAsked(before, after);
        bool kicks = _pair.Driver.NotificationDue();
        CompareDecision(asked, kicks, before, after, mayBeFirst: false);
        Assert.False(_deviceSleeps < after && !kicks, "the device sleeps and is not kicked");
        Assert.False(_deviceSuppresses && kicks, "the device looks by itself and is kicked");
        _availableDecided = after;
        _deviceSleeps = kicks ? null : _deviceSleeps;
    }

    private void PublishUsed()
    {
        PublishUsedQuietly();
        DecideCall();
    }

    private void PublishUsedQuietly()
    {
        _model.PublishUsed();
        _pair.Device.PublishQuietly();
    }

    private void DecideCall()
    {
        (long before, long after) = (_usedDecided, _model.UsedSlots);
        bool asked = before != after && _rule.DriverAsked(before, after);
        bool calls = _pair.Device.NotificationDue();
        CompareDecision(asked, calls, before, after, _isFirstDecision);
        Assert.False(_driverSleeps < after && !calls, "the driver sleeps and is not called");
        bool mayCall = (_isFirstDecision && _variant.EventIndex) || !(after - _driverSuppresses < HalfRound - _schedule.Size);
        Assert.True(mayCall || !calls, "the driver looks by itself and is called");
        _isFirstDecision &= before == after;
        _usedDecided = after;
        _driverSleeps = calls ? null : _driverSleeps;
    }

    /// <summary>
    /// Who asked is notified. Who did not is left alone, except that the first call after a start is made in any case, and that
    /// on a packed ring a whole round passes every position.
    /// </summary>
    private void CompareDecision(bool asked, bool notifies, long before, long after, bool mayBeFirst)
    {
        if (asked)
        {
            Assert.True(notifies, $"a notification asked for is missing, {before} to {after}");
        }
        else if (!(mayBeFirst && _variant.EventIndex) && !(_variant.Packed && after - before >= _schedule.Size))
        {
            Assert.False(notifies, $"nobody asked for a notification, {before} to {after}");
        }
    }

    private void DeviceSleeps()
    {
        bool more = _pair.Device.EnableNotifications();
        Assert.Equal(_model.Available.Count > 0, more);
        Seen?.Add(new Observation("device asks", more, 0));
        _deviceSleeps = more ? null : _model.AvailableSlots;
        _deviceSuppresses = false;
    }

    private void DriverSleeps()
    {
        bool more = _pair.Driver.EnableNotifications();
        Assert.Equal(_model.Used.Count > 0, more);
        Seen?.Add(new Observation("driver asks", more, 0));
        _driverSleeps = more ? null : _model.UsedSlots;
        _driverSuppresses = null;
    }

    private void DeviceSuppresses()
    {
        _pair.Device.SuppressNotifications();
        _deviceSleeps = null;

        // With an event index a split ring has no word for it: what the device asked for last stands.
        _deviceSuppresses = _variant.Packed || !_variant.EventIndex;
    }

    private void DriverSuppresses()
    {
        _pair.Driver.SuppressNotifications();
        _driverSleeps = null;
        _driverSuppresses = _model.UsedSlots;
    }

    /// <summary>Virtqueue.Base as virtio and vhost-user have it.</summary>
    private uint ExpectedBase() => Bases.Of(_model.CompletedSlots, _schedule.Size, _variant.Packed);
}
