using FastRing.Interop;

namespace FastRing.Workloads.Ports;

/// <summary>A pair of connected unix sockets between two threads.</summary>
internal sealed class SocketTransfer : IDisposable
{
    private readonly OwnedFd _near;
    private readonly SocketReader _reader;
    private readonly PinnedThread _writer;

    /// <param name="source">What is written at once, again and again.</param>
    public SocketTransfer(byte[] source)
    {
        (_near, OwnedFd far) = UnixSocket.Pair();
        _reader = new SocketReader(far, source.Length);
        _writer = new PinnedThread(Processors.Device, () => writes => Write(source, writes));
    }

    /// <summary>Writes so many times and waits until all was read.</summary>
    public void Run(int writes)
    {
        _reader.Begin(writes);
        _writer.Begin(writes);
        _writer.End();
        _reader.End();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _near.Dispose();
    }

    private void Write(byte[] source, int writes)
    {
        for (int i = 0; i < writes; i++)
        {
            if (_near.Write(source) != source.Length)
            {
                throw new IOException("the socket took less than a write");
            }
        }
    }
}
