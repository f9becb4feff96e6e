namespace FastRing.Console.Endpoints.Pipes;

/// <summary>What a pipe over a port does besides carrying bytes.</summary>
public sealed record PipeEndpointOptions
{
    /// <summary>
    /// Bytes of private memory each way at the most: what is copied, or waits for the guest. At least 4096. A flush waits above it, until half is gone. A message
    /// longer than that can't be examined whole in place, and the reader is told so; a <see cref="PipeEndpoint"/> goes on, because what was examined does not
    /// count in the framework's pipes: who waits for the end of a message bounds its length.
    /// </summary>
    public int BufferLimit { get; init; } = 64 * 1024;

    /// <summary>
    /// True: both sides complete when the guest closes the port or is gone, once what it sent is read, or it opens the port again: a pipe for one session. False:
    /// the next opener, and the next guest, go on with the same pipe; <see cref="Ports.PortSession"/> tells them apart.
    /// </summary>
    public bool EndsWithGuest { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">The limit is too small.</exception>
    internal void ThrowIfInvalid() => ArgumentOutOfRangeException.ThrowIfLessThan(BufferLimit, 4096);
}
