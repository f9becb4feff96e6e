using System.Runtime.CompilerServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Native.Handles;

/// <summary><c>fr_ring</c>: a queue, the memory it holds, and the thread that owns it.</summary>
internal sealed class RingHandle(Virtqueue queue, GuestMemory memory, ChainDirection direction, EventFd? call) : NativeObject, INotifier
{
    private const int Nobody = 0; // No managed thread has that number.

    private int _owner;

    public Virtqueue Queue => queue;

    public ChainDirection Direction => direction;

    public override HandleKind Kind => HandleKind.Ring;

    /// <summary>The ring of a handle, for the thread that calls; null: <paramref name="error"/> says why, and the thread's message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RingHandle? Of(ulong handle, out int error)
    {
        RingHandle? ring = HandleTable.Find<RingHandle>(handle);
        if (ring is not null && (ring._owner == Environment.CurrentManagedThreadId || ring.TryOwn()))
        {
            error = 0;
            return ring;
        }

        error = ring is null
            ? Failure.Of(ErrorCode.Handle, HandleTable.WhyNot(handle, HandleKind.Ring))
            : Failure.Of(ErrorCode.Thread, "the ring is another thread's, until that calls fr_ring_release");
        return null;
    }

    /// <summary>The thread that owns it lets go of it. The full fence pairs with the exchange in <see cref="TryOwn"/>: the next owner sees all this one did.</summary>
    public void Release() => Interlocked.Exchange(ref _owner, Nobody);

    public void Notify() => call?.Signal();

    /// <summary>By its owner, once.</summary>
    public void Destroy()
    {
        HandleTable.Take(this);
        call?.Dispose();
        memory.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryOwn() => Interlocked.CompareExchange(ref _owner, Environment.CurrentManagedThreadId, Nobody) == Nobody;
}
