using System.Diagnostics;
using System.Net.Sockets;
using FastRing.Agent;

namespace FastRing.Perf;

/// <summary>How long guest-ping took, many times over one connection, in microseconds.</summary>
/// <param name="P50">The median.</param>
/// <param name="P99">What one in a hundred exceeded.</param>
internal sealed record AgentPings(double P50, double P99)
{
    private const int WarmUp = 50;

    /// <summary>Through the library.</summary>
    public static async Task<AgentPings> OfLibraryAsync(string socket, int count)
    {
        await using GuestAgent agent = await GuestAgent.ConnectAsync(socket);
        double[] times = new double[WarmUp + count];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await agent.PingAsync();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return Of(times);
    }

    /// <summary>As barely as can be: the bytes written, and read up to the newline, by a thread that waits.</summary>
    public static AgentPings OfRawClient(string socketPath, int count)
    {
        byte[] request = "{\"execute\":\"guest-ping\"}\n"u8.ToArray();
        byte[] answer = new byte[4096];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        double[] times = new double[WarmUp + count];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            socket.Send(request);
            for (int length = 0; length == 0 || answer[length - 1] != (byte)'\n';)
            {
                int read = socket.Receive(answer.AsSpan(length));
                length += read > 0 ? read : throw new IOException("the agent's socket closed");
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return Of(times);
    }

    private static AgentPings Of(double[] times)
    {
        double[] sorted = [.. times.Skip(WarmUp).Order()];
        return new AgentPings(sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100]);
    }
}
