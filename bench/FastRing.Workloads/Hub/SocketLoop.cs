using FastRing.Interop;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Hub;

/// <summary>The plain way to serve many clients: a thread that writes each message to one blocking socket after the other.</summary>
internal sealed class SocketLoop : IDisposable
{
    private readonly OwnedFd[] _near;
    private readonly SocketReaders _readers;
    private readonly PinnedThread _writer;

    public SocketLoop(int clients, int messageBytes)
    {
        byte[] message = ByteLook.Message(messageBytes);
        _near = new OwnedFd[clients];
        var far = new OwnedFd[clients];
        for (int i = 0; i < clients; i++)
        {
            (_near[i], far[i]) = UnixSocket.Pair();
        }

        _readers = new SocketReaders(far, messageBytes);
        _writer = new PinnedThread(Processors.Device, () => messages => Write(message, messages));
    }

    /// <summary>Writes so many messages to each and waits until all were read.</summary>
    public void Run(int messages)
    {
        _readers.Begin(messages);
        _writer.Begin(messages);
        _writer.End();
        _readers.End();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _readers.Dispose();
        Array.ForEach(_near, s => s.Dispose());
    }

    private void Write(byte[] message, int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            foreach (OwnedFd socket in _near)
            {
                if (socket.Write(message) != message.Length)
                {
                    throw new IOException("the socket took less than a write");
                }
            }
        }
    }
}
