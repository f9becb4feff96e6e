using FastRing.Interop;
using FastRing.Workloads.Ports;

namespace FastRing.Workloads.Hub;

/// <summary>A program on the host that reads many sockets, on the driver's processor, and looks at every byte.</summary>
internal sealed class SocketReaders : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private readonly OwnedFd[] _sockets;
    private readonly Epoll _epoll = new();
    private readonly long[] _left;
    private readonly PinnedThread _thread;

    /// <param name="sockets">The sockets, which become the reader's.</param>
    /// <param name="messageBytes">Bytes of a message.</param>
    public SocketReaders(OwnedFd[] sockets, int messageBytes)
    {
        _sockets = sockets;
        _left = new long[sockets.Length];
        for (int i = 0; i < sockets.Length; i++)
        {
            sockets[i].SetNonBlocking();
            _epoll.Add(sockets[i], EpollEvents.In, (ulong)i);
        }

        byte[] bytes = new byte[ReadBytes];
        EpollReady[] ready = new EpollReady[64];
        _thread = new PinnedThread(Processors.Driver, () => messages => Read(bytes, ready, (long)messages * messageBytes));
    }

    /// <summary>Bytes of sockets that ended before they came.</summary>
    public long Lost { get; private set; }

    /// <summary>Begins to read so many messages from each.</summary>
    public void Begin(int messages) => _thread.Begin(messages);

    /// <summary>Waits until they were read.</summary>
    public void End() => _thread.End();

    public void Dispose()
    {
        _thread.Dispose();
        _epoll.Dispose();
        Array.ForEach(_sockets, s => s.Dispose());
    }

    private void Read(byte[] bytes, EpollReady[] ready, long count)
    {
        Array.Fill(_left, count);
        for (long left = count * _sockets.Length; left > 0;)
        {
            int events = _epoll.Wait(ready, -1);
            for (int i = 0; i < events; i++)
            {
                left -= ReadOne((int)ready[i].Token, bytes);
            }
        }
    }

    /// <returns>Bytes that need not be waited for any more.</returns>
    private long ReadOne(int index, byte[] bytes)
    {
        nint read = _sockets[index].Read(bytes);
        if (read > 0)
        {
            ByteLook.At(bytes.AsSpan(0, (int)read));
            _left[index] -= read;
            return read;
        }

        if (read == -Errno.EAGAIN)
        {
            return 0;
        }

        long lost = _left[index];
        _left[index] = 0;
        _epoll.Remove(_sockets[index]);
        Lost += lost;
        return lost;
    }
}
