using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints;

/// <summary>
/// The host's end of a port: a socket, a file, a program's own object. Every member is called on the worker's thread and must not
/// block. The segments are guest memory: the guest may change what is in them at any time. An endpoint that copies, or has the kernel copy, is done
/// with them when the call returns and needs no more than the members without a body. One that works in them in place has
/// <see cref="IEndpointObserver.Buffers"/>, and must let go of all of it at <see cref="GuestBuffersGone"/>.
/// </summary>
public interface IHostEndpoint : IDisposable
{
    /// <summary>True while somebody is there on the host's side. A change is told to <see cref="IEndpointObserver.HostOpenChanged"/>.</summary>
    bool IsOpen { get; }

    /// <summary>False while it is open only because a client that left has bytes for the guest still: nobody will take what the guest sends.</summary>
    bool TakesOutput => IsOpen;

    /// <summary>
    /// True when <see cref="Write"/> took nothing because of work the endpoint has itself, not because somebody does not read: then a console's output waits,
    /// too, for <see cref="IEndpointObserver.OutputPossible"/>.
    /// </summary>
    bool IsBusy => false;

    /// <summary>True when <see cref="Read"/> may have something: it is only called then.</summary>
    bool MayHaveInput { get; }

    /// <summary>Where a local program finds it: a socket's or a terminal's path, an address; null where there is no such thing. Any thread.</summary>
    string? Address => null;

    /// <summary>Begins to work.</summary>
    void Start(Worker worker, IEndpointObserver observer);

    /// <summary>Takes bytes from the guest.</summary>
    /// <returns>Bytes taken, from the front. 0: none now; <see cref="IEndpointObserver.OutputPossible"/> follows when it is worth to try again.</returns>
    nint Write(ReadOnlySpan<IoVector> segments);

    /// <summary>Hands bytes to the guest.</summary>
    /// <returns>Bytes written to the segments, from the front. 0: none now; <see cref="IEndpointObserver.InputPossible"/> follows.</returns>
    nint Read(ReadOnlySpan<IoVector> segments);

    /// <summary>
    /// The guest opened or closed the port, or was reset while it was open. What it wrote before it closed may still be on its ring
    /// (<see cref="IGuestBuffers.HasOutput"/>) and is offered after this: Linux's writes return before the device has seen their bytes.
    /// </summary>
    void GuestOpenChanged(bool open);

    /// <summary>Sends whoever is there away: the next may come. What is always there stays.</summary>
    void Disconnect()
    {
    }

    /// <summary>True while it waits for <see cref="RoomPossible"/>.</summary>
    bool WantsRoom => false;

    /// <summary><see cref="IGuestBuffers.Room"/> may have some again.</summary>
    void RoomPossible()
    {
    }

    /// <summary>
    /// Segments and room it was given are no longer its to touch: the ring stops, the guest was reset, the client left, or the port goes. What was not
    /// taken or published is offered again, or was discarded.
    /// </summary>
    void GuestBuffersGone()
    {
    }
}
