using FastRing.Interop;
using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Models;

/// <summary>
/// Does a schedule to a real ring and to its model at the same time, and compares what either side can see after each step.
/// </summary>
internal sealed partial class ModelRun : IDisposable
{
    private readonly QueuePair _pair;
    private readonly RingVariant _variant;
    private readonly Schedule _schedule;
    private readonly RingModel _model;
    private readonly IDeviceEnd _end;
    private readonly nint _low;  // where the two regions of buffers lie here
    private readonly nint _high;
    private ulong _pops;
    private ulong _counted; // by the devices before this one

    public ModelRun(Schedule schedule, RingVariant variant, bool records = false)
    {
        Seen = records ? [] : null;
        _variant = variant;
        _schedule = schedule;
        _pair = new QueuePair(schedule.Size, variant.Features, RingVariant.IndirectEntries);
        _rule = new NotificationRule(_pair, variant);
        _model = new RingModel(variant, schedule.Size);
        _end = DeviceEnds.Make(schedule, variant);
        _low = _pair.Guest.Host(0);
        _high = _pair.Guest.Host(QueuePair.Border);
    }

    /// <summary>What the two sides saw, where it must not depend on the ring's layout; null unless it is recorded.</summary>
    public List<Observation>? Seen { get; }

    public long Completed => _model.CompletedChains;

    /// <summary>Does every step of the schedule once.</summary>
    public void Go()
    {
        foreach (Step step in _schedule.Steps)
        {
            Do(step);
            Compare(step);
        }
    }

    /// <summary>Lets everything go round to its end: nothing is lost, and every descriptor is free again.</summary>
    public void Drain()
    {
        RunDry();
        Assert.False(_pair.Driver.TryTakeUsed(out _));
        Assert.Equal(_schedule.Size, _pair.Driver.Free);
        Assert.Equal(_pops, _counted + _pair.Device.Counters.Chains);
    }

    /// <summary>Sends small chains round, a ring full at a time, until <paramref name="chains"/> went round since the beginning.</summary>
    public void Churn(long chains)
    {
        DriverBuffer[] buffer = [new(new(0x100), 8)];
        while (Completed < chains)
        {
            while (Completed + _model.InFlight < chains && _model.TryAdd(buffer, [], out ModelChain chain))
            {
                Assert.True(_pair.Driver.TryAdd(buffer, [], chain.Token));
            }

            RunDry();
        }
    }

    public void Dispose() => _pair.Dispose();

    private void RunDry()
    {
        PublishAvailable();
        while (_model.Available.Count + _model.Popped.Count > 0)
        {
            Pop(_schedule.Size);
            Complete(new ChainShapes(1), [.. Enumerable.Range(0, _end.Held)]);
        }

        PublishUsed();
        Take(int.MaxValue);
    }

    private void Do(Step step)
    {
        var dice = new ChainShapes(step.Dice);
        switch (step.Kind)
        {
            case StepKind.Add: Add(dice, step.Amount); break;
            case StepKind.PublishAvailable: PublishAvailable(); break;
            case StepKind.PublishAvailableQuietly: PublishAvailableQuietly(); break;
            case StepKind.DecideKick: DecideKick(); break;
            case StepKind.Pop: Pop(step.Amount); break;
            case StepKind.Complete: Complete(dice, [.. Enumerable.Range(0, Math.Min(step.Amount, _end.Held))]); break;
            case StepKind.CompleteAny: CompleteAny(dice, step.Amount); break;
            case StepKind.PublishUsed: PublishUsed(); break;
            case StepKind.PublishUsedQuietly: PublishUsedQuietly(); break;
            case StepKind.DecideCall: DecideCall(); break;
            case StepKind.Take: Take(step.Amount); break;
            case StepKind.DeviceSleeps: DeviceSleeps(); break;
            case StepKind.DriverSleeps: DriverSleeps(); break;
            case StepKind.DeviceSuppresses: DeviceSuppresses(); break;
            case StepKind.DriverSuppresses: DriverSuppresses(); break;
            case StepKind.PutBack: PutBack(); break;
            default: Restart(); break;
        }
    }

    private void Compare(Step step)
    {
        Assert.Equal(_model.Free, _pair.Driver.Free);
        Assert.False(_pair.Driver.IsBroken);
        Assert.Equal(VirtqueueError.None, _pair.Device.Error);
        if (!_model.HasHole)
        {
            Assert.Equal(ExpectedBase(), _pair.Device.Base);
        }

        // Not after each step: it looks at the ring, and what the next step finds must not depend on that.
        if ((step.Dice & 1) != 0)
        {
            Assert.Equal(_model.Available.Count > 0, _pair.Device.HasAvailable);
        }
    }

    private void Add(ChainShapes dice, int count)
    {
        for (; count > 0; count--)
        {
            (DriverBuffer[] readable, DriverBuffer[] writable) = dice.Chain(_schedule.Size);
            bool fits = _model.TryAdd(readable, writable, out ModelChain chain);
            bool added = readable.Length + writable.Length == 1 && dice.Next(2) == 0
                ? _pair.Driver.TryAdd(readable.Length == 1 ? readable[0] : writable[0], writable.Length == 1, chain.Token)
                : _pair.Driver.TryAdd(readable, writable, chain.Token);
            Assert.Equal(fits, added);
            Seen?.Add(new Observation("add", added, chain.Token));
        }
    }

    private void Pop(int amount)
    {
        (int least, int most) = _end.Room(_model.Available.Select(c => c.Pieces(_schedule.Direction).Count()), amount);
        int held = _end.Held;
        int popped = _end.Pop(_pair.Device, amount);
        Assert.InRange(popped, least, most);
        Assert.Equal(held + popped, _end.Held);
        Seen?.Add(new Observation("pop", popped, 0));
        int index = held;
        foreach (ModelChain chain in _model.Available.Take(popped))
        {
            ComparePopped(index++, chain);
        }

        _model.Pop(popped);
        _pops += (ulong)popped;
    }

    private void ComparePopped(int index, ModelChain expected)
    {
        DescriptorChain chain = _end.Chain(index);
        bool reads = _schedule.Direction != ChainDirection.Writable;
        bool writes = _schedule.Direction != ChainDirection.Readable;
        Assert.Equal(reads ? expected.ReadablePieces.Length : 0, chain.ReadableSegments);
        Assert.Equal(writes ? expected.WritablePieces.Length : 0, chain.WritableSegments);
        Assert.Equal(expected.Slots, chain.Slots);
        Assert.Equal(0U, chain.Written);
        ReadOnlySpan<IoVector> segments = _end.Segments(index);
        Assert.Equal(chain.ReadableSegments + chain.WritableSegments, segments.Length);
        uint bytes = 0;
        int i = 0;
        foreach ((ulong address, uint length) in expected.Pieces(_schedule.Direction))
        {
            Assert.Equal((address, (nuint)length), (GuestAddressOf(segments[i].Address), segments[i].Length));
            Seen?.Add(new Observation("segment", (long)GuestAddressOf(segments[i].Address), (ulong)segments[i].Length));
            bytes += length;
            i++;
        }

        Assert.Equal(bytes, chain.Bytes);
    }

    private ulong GuestAddressOf(nint host) =>
        (ulong)(host - _low) < QueuePair.Border ? (ulong)(host - _low) : (ulong)(host - _high) + QueuePair.Border;

    private void CompleteAny(ChainShapes dice, int amount)
    {
        int[] which = dice.Choose(_end.Held, amount);
        Complete(dice, _end.CompletesAny ? which : [.. Enumerable.Range(0, which.Length)]);
    }

    private void Complete(ChainShapes dice, int[] which)
    {
        foreach (int index in which)
        {
            ModelChain chain = _model.Popped[index];
            chain.Written = dice.Written(chain.WritableBytes);
            _end.SetWritten(index, chain.Written);
        }

        _end.Complete(_pair.Device, which);
        _model.Complete(which);
        Assert.Equal(_model.Popped.Count, _end.Held);
    }

    private void Take(int amount)
    {
        for (; amount > 0 && _model.Used.Count > 0; amount--)
        {
            Assert.True(_pair.Driver.TryTakeUsed(out UsedBuffer used));
            ModelChain chain = _model.Take();
            Assert.Equal(new UsedBuffer(chain.Token, chain.Written), used);
            Seen?.Add(new Observation("take", used.Written, used.Token));
        }

        if (amount > 0)
        {
            Assert.False(_pair.Driver.TryTakeUsed(out _), "a used buffer too many");
        }
    }

    private void PutBack()
    {
        if (_model.HasHole)
        {
            return; // Only what lies behind the complete cursor can be put back.
        }

        _end.PutBack(_pair.Device);
        _model.PutBack();
        Assert.Equal(0, _end.Held);
        _deviceSleeps = null;
    }

    private void Restart()
    {
        if (_model.HasHole)
        {
            return;
        }

        PublishUsed();
        _end.Forget();
        _model.PutBack();
        _counted += _pair.Device.Counters.Chains;
        _pair.Restart(_pair.Device.Base);
        (_isFirstDecision, _deviceSleeps) = (true, null);
    }
}
