using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>A program on the host that reads a socket, on the driver's processor: the device's is the one that writes.</summary>
internal sealed class SocketReader : IDisposable
{
    private readonly OwnedFd _socket;
    private readonly PinnedThread _thread;

    /// <param name="socket">The socket, which becomes the reader's.</param>
    /// <param name="messageBytes">Bytes of a message, and of a read.</param>
    public SocketReader(OwnedFd socket, int messageBytes)
    {
        _socket = socket;
        byte[] bytes = new byte[messageBytes];
        _thread = new PinnedThread(Processors.Driver, () => messages => Read(bytes, (long)messages * messageBytes));
    }

    /// <summary>Begins to read so many messages.</summary>
    public void Begin(int messages) => _thread.Begin(messages);

    /// <summary>Waits until they were read.</summary>
    public void End() => _thread.End();

    public void Dispose()
    {
        _thread.Dispose();
        _socket.Dispose();
    }

    private void Read(byte[] bytes, long count)
    {
        for (long left = count; left > 0;)
        {
            nint read = _socket.Read(bytes);
            ByteLook.At(bytes.AsSpan(0, (int)read));
            left -= read > 0 ? read : throw new IOException($"the socket ended, {left} bytes too early");
        }
    }
}
