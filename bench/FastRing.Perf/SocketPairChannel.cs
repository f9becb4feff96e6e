using System.Net.Sockets;
using FastRing.Interop;

namespace FastRing.Perf;

/// <summary>Two threads of this process with a unix socket pair between them: what no channel over a socket can beat.</summary>
internal sealed class SocketPairChannel : ByteChannel, IDisposable
{
    private readonly Socket _near;
    private readonly Socket _far;

    public SocketPairChannel()
        : base("unix socket pair")
    {
        (OwnedFd near, OwnedFd far) = UnixSocket.Pair();
        _near = Wrap(near);
        _far = Wrap(far);
    }

    public override Task<Socket> OpenAsync() => Task.FromResult(_near);

    public override Task<double?> PlayAsync(ChannelPart part) => Task.Factory.StartNew(() => Play(part), TaskCreationOptions.LongRunning);

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    private static Socket Wrap(OwnedFd fd)
    {
        var socket = new Socket(new SafeSocketHandle(fd.DangerousGetHandle(), ownsHandle: true)) { Blocking = true };
        fd.SetHandleAsInvalid(); // The socket closes it.
        return socket;
    }

    private double? Play(ChannelPart part)
    {
        byte[] block = new byte[part.BlockBytes];
        if (part.Kind != ChannelPartKind.Give)
        {
            _far.Send(block.AsSpan(0, 1));
        }

        for (long i = 0; i < part.Blocks; i++)
        {
            for (int got = 0; part.Kind != ChannelPartKind.Give && got < block.Length;)
            {
                got += _far.Receive(block.AsSpan(got));
            }

            if (part.Kind != ChannelPartKind.Take)
            {
                _far.Send(block);
            }
        }

        if (part.Kind == ChannelPartKind.Take)
        {
            _far.Send(block.AsSpan(0, 1));
        }

        return null;
    }
}
