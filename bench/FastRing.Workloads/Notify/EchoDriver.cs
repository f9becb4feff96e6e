using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;

namespace FastRing.Workloads.Notify;

/// <summary>The driver: offers buffers to an echo, kicks where it is asked to, and sleeps until it is notified, as a guest does.</summary>
internal sealed class EchoDriver
{
    private const int BufferBytes = 64;
    private const int DescriptorsPerChain = 2;

    private readonly DriverVirtqueue _ring;
    private readonly EventFd _kick;
    private readonly DriverBuffer[] _questions;
    private readonly DriverBuffer[] _answers;

    public EchoDriver(FrontendQueue queue, EventFd call, DriverMemory memory)
    {
        _ring = queue.Ring;
        _kick = queue.Kick;
        Call = call;
        Slots = queue.Ring.Size / DescriptorsPerChain;
        _questions = Buffers(memory);
        _answers = Buffers(memory);
    }

    /// <summary>Chains the ring has room for; each has buffers of its own, and is known by its number.</summary>
    public int Slots { get; }

    /// <summary>Where notifications come; a read of it waits.</summary>
    public EventFd Call { get; }

    /// <summary>Kicks so far.</summary>
    public long Kicks { get; private set; }

    /// <summary>Makes a chain available that is not under way.</summary>
    public void Offer(int slot)
    {
        if (!_ring.TryAdd(_questions.AsSpan(slot, 1), _answers.AsSpan(slot, 1), (ulong)slot))
        {
            throw new InvalidOperationException("no room on the ring");
        }
    }

    /// <summary>Shows the device what was offered.</summary>
    public void Publish()
    {
        if (_ring.Publish())
        {
            Kicks++;
            _kick.Signal();
        }
    }

    /// <summary>Takes one chain back.</summary>
    /// <returns>Its number, or -1 when the device has used none.</returns>
    public int Take() => _ring.TryTakeUsed(out UsedBuffer used) ? (int)used.Token : -1;

    /// <summary>Asks to be notified.</summary>
    /// <returns>False: a chain came back in the meantime.</returns>
    public bool MaySleep() => !_ring.EnableNotifications();

    /// <summary>Sleeps until it is notified, unless a chain came back by now.</summary>
    public void SleepUntilUsed()
    {
        if (MaySleep())
        {
            Call.Drain();
        }
    }

    private DriverBuffer[] Buffers(DriverMemory memory)
    {
        GuestAddress start = memory.Allocate((ulong)(Slots * BufferBytes));
        memory.Bytes(start, Slots * BufferBytes).Fill(0x5a);
        return [.. Enumerable.Range(0, Slots).Select(i => new DriverBuffer(new GuestAddress(start.Value + (ulong)(i * BufferBytes)), BufferBytes))];
    }
}
