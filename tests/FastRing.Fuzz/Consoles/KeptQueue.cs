using FastRing.Console;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Fuzz.Consoles;

/// <summary>A queue whose driver keeps to the rules of the ring, whatever is in its buffers.</summary>
internal sealed class KeptQueue
{
    public const ushort Size = 16;

    private readonly ConsoleDevice _device;
    private readonly TestGuest _guest;
    private readonly RingLayout _layout;
    private readonly int _index;
    private readonly ulong _features;
    private Virtqueue? _queue;
    private uint? _base;

    /// <param name="device">Whose queue it is.</param>
    /// <param name="guest">The driver's memory.</param>
    /// <param name="index">Its number.</param>
    /// <param name="at">Where the ring goes.</param>
    /// <param name="features">The negotiated features.</param>
    public KeptQueue(ConsoleDevice device, TestGuest guest, int index, ulong at, ulong features)
    {
        (_device, _guest, _index, _features) = (device, guest, index, features);
        _layout = RingLayout.At(new(at), Size, features);
        Driver = DriverVirtqueue.Create(guest.Memory, new(at), Size, features);
    }

    public DriverVirtqueue Driver { get; }

    public void Start()
    {
        VirtqueueSetup fresh = RingSetup.At(_layout.Descriptors, Size, _features);
        VirtqueueError error = Virtqueue.TryCreate(fresh with { Base = _base ?? fresh.Base }, _guest.Memory, out _queue);
        if (error != VirtqueueError.None)
        {
            throw new FindingException($"queue {_index} was refused: {error}");
        }

        _device.QueueStarted(_index, _queue!, enabled: true);
        _device.QueueKicked(_index);
    }

    public void Stop()
    {
        if (_queue is not null)
        {
            _device.QueueStopping(_index);
            _queue.PublishAndNotify();
            _base = _queue.Base;
            _queue = null;
        }
    }

    /// <summary>Offers a buffer in pieces, and says so.</summary>
    /// <returns>False: there is no room.</returns>
    public bool Offer(ulong address, int bytes, int pieces, bool writable, ulong token)
    {
        Span<DriverBuffer> all = stackalloc DriverBuffer[Math.Clamp(pieces, 1, Math.Max(bytes, 1))];
        int each = bytes / all.Length;
        for (int i = 0; i < all.Length; i++)
        {
            int length = i == all.Length - 1 ? bytes - (each * i) : each;
            all[i] = new DriverBuffer(new GuestAddress(address + (ulong)(each * i)), (uint)length);
        }

        bool added = Driver.TryAdd(writable ? [] : all, writable ? all : [], token);
        Driver.Publish();
        if (_queue is not null)
        {
            _device.QueueKicked(_index);
        }

        return added;
    }
}
