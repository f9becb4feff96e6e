using System.Net.Sockets;

namespace FastRing.Console.Tests.Support;

/// <summary>A program at the host's end of a port.</summary>
internal sealed class HostClient : IDisposable
{
    private const int DeadlineMilliseconds = 20_000;
    private readonly Socket _socket;

    private HostClient(Socket socket) => _socket = socket;

    public static HostClient Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = DeadlineMilliseconds,
            SendTimeout = DeadlineMilliseconds,
        };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new HostClient(socket);
    }

    public static HostClient ConnectTcp(string address)
    {
        var endPoint = System.Net.IPEndPoint.Parse(address);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = DeadlineMilliseconds,
            SendTimeout = DeadlineMilliseconds,
        };
        socket.Connect(endPoint);
        return new HostClient(socket);
    }

    public static HostClient Accept(Socket listener)
    {
        Assert.True(listener.Poll(DeadlineMilliseconds * 1000, SelectMode.SelectRead), "nobody connected");
        Socket socket = listener.Accept();
        socket.ReceiveTimeout = DeadlineMilliseconds;
        return new HostClient(socket);
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    public byte[] Receive(int count)
    {
        var bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = _socket.Receive(bytes.AsSpan(read));
            Assert.True(more > 0, $"end after {read} of {count} bytes");
            read += more;
        }

        return bytes;
    }

    /// <summary>Waits for bytes and takes those that are there; 0: the other side closed.</summary>
    public int ReceiveSome(Span<byte> bytes) => _socket.Receive(bytes);

    /// <summary>What is there now.</summary>
    public int Available => _socket.Available;

    /// <summary>True when the other side closed and nothing is left to read.</summary>
    public bool IsAtEnd => _socket.Receive(new byte[1]) == 0;

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
