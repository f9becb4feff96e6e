using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>A program on the host that sends back what it reads from a socket, on the driver's processor, and sleeps in between.</summary>
internal sealed class SocketEcho : IDisposable
{
    private readonly OwnedFd _socket;
    private readonly PinnedThread _thread;

    /// <param name="socket">The socket, which becomes the program's.</param>
    /// <param name="messageBytes">Bytes of a message.</param>
    public SocketEcho(OwnedFd socket, int messageBytes)
    {
        _socket = socket;
        byte[] bytes = new byte[messageBytes];
        _thread = new PinnedThread(Processors.Driver, () => messages => Return(bytes, messages));
    }

    /// <summary>Begins to send back so many messages.</summary>
    public void Begin(int messages) => _thread.Begin(messages);

    /// <summary>Waits until they were sent back.</summary>
    public void End() => _thread.End();

    public void Dispose()
    {
        _thread.Dispose();
        _socket.Dispose();
    }

    private void Return(byte[] bytes, int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            if (_socket.Read(bytes) != bytes.Length || _socket.Write(bytes) != bytes.Length)
            {
                throw new IOException("a message came or went in pieces");
            }
        }
    }
}
