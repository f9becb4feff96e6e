using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Ports;

/// <content>The guest's buffers, for an endpoint that works on them in place.</content>
public sealed partial class Port
{
    IGuestBuffers IEndpointObserver.Buffers => this;

    IoVector IGuestBuffers.Room => IsRemoved ? default : _slot.Room;

    bool IGuestBuffers.HasOutput => !IsRemoved && _slot.HasOutput;

    void IGuestBuffers.Wrote(nuint bytes) => Live.Wrote(bytes);

    void IGuestBuffers.EndBuffer() => Live.EndBuffer();

    void IGuestBuffers.Publish() => Live.Publish();

    void IGuestBuffers.Take(nuint bytes) => Live.Take(bytes);

    bool IGuestBuffers.Fence() => !IsRemoved && _slot.Fence();

    void IGuestBuffers.EndFence()
    {
        if (!IsRemoved)
        {
            _slot.EndFence();
        }
    }

    /// <summary>Guest memory the endpoint works on in place is no longer its to touch.</summary>
    internal void ReleaseBuffers() => Guarded(static endpoint => endpoint.GuestBuffersGone());

    /// <summary>The slot, which is another's once the port was removed.</summary>
    private PortSlot Live => IsRemoved ? throw new ObjectDisposedException($"port {Id} '{Name}'") : _slot;
}
