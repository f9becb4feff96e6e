using System.Diagnostics;
using System.Net.Sockets;

namespace FastRing.Host.Demo;

/// <summary>A program on the host that talks to a port through its unix socket.</summary>
internal sealed class HostClient : IDisposable
{
    private readonly Socket _socket;

    private HostClient(Socket socket) => _socket = socket;

    public static async Task<HostClient> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new HostClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the first bytes of the guest.</summary>
    public async Task WaitFirstByteAsync(CancellationToken cancellation)
    {
        int count = await _socket.ReceiveAsync(new byte[256], cancellation);
        if (count == 0)
        {
            throw new IOException("the port was closed before the guest wrote to it");
        }
    }

    /// <summary>Sends small messages to a program in the guest that sends them back.</summary>
    /// <param name="rounds">How many are timed; a tenth more go before as a warm-up.</param>
    /// <returns>The times in microseconds, sorted.</returns>
    public double[] MeasureRoundTrips(int rounds)
    {
        const int MessageBytes = 64;
        _socket.ReceiveTimeout = _socket.SendTimeout = 10_000;
        var times = new double[rounds];
        byte[] sent = new byte[MessageBytes];
        byte[] received = new byte[MessageBytes];
        for (int i = -rounds / 10; i < rounds; i++)
        {
            Random.Shared.NextBytes(sent);
            long start = Stopwatch.GetTimestamp();
            _socket.Send(sent);
            for (int got = 0; got < MessageBytes;)
            {
                int count = _socket.Receive(received, got, MessageBytes - got, SocketFlags.None);
                got += count > 0 ? count : throw new IOException("the round trip port was closed");
            }

            times[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (!sent.AsSpan().SequenceEqual(received))
            {
                throw new IOException("a message came back changed");
            }
        }

        Array.Sort(times);
        return times;
    }

    public void Dispose() => _socket.Dispose();
}
