using System.Diagnostics;
using System.Net.Sockets;
using FastRing.Agent;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>How long guest-ping took, many times over one connection.</summary>
/// <param name="Times">In nanoseconds.</param>
internal sealed record AgentPings(LongHistogram Times)
{
    private const int WarmUp = 50;

    /// <summary>What so many percent did not exceed, us.</summary>
    public double Us(double percentile) => Times.GetValueAtPercentile(percentile) / PercentileCurve.NsPerUs;

    /// <summary>Through the library.</summary>
    public static async Task<AgentPings> OfLibraryAsync(string socket, int count)
    {
        await using GuestAgent agent = await GuestAgent.ConnectAsync(socket);
        LongHistogram times = PercentileCurve.Times();
        for (int i = -WarmUp; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await agent.PingAsync();
            Record(times, i, Stopwatch.GetElapsedTime(start));
        }

        return new AgentPings(times);
    }

    /// <summary>As barely as can be: the bytes written, and read up to the newline, by a thread that waits.</summary>
    public static AgentPings OfRawClient(string socketPath, int count)
    {
        byte[] request = "{\"execute\":\"guest-ping\"}\n"u8.ToArray();
        byte[] answer = new byte[4096];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        LongHistogram times = PercentileCurve.Times();
        for (int i = -WarmUp; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            socket.Send(request);
            for (int length = 0; length == 0 || answer[length - 1] != (byte)'\n';)
            {
                int read = socket.Receive(answer.AsSpan(length));
                length += read > 0 ? read : throw new IOException("the agent's socket closed");
            }

            Record(times, i, Stopwatch.GetElapsedTime(start));
        }

        return new AgentPings(times);
    }

    private static void Record(LongHistogram times, int index, TimeSpan time)
    {
        if (index >= 0)
        {
            times.RecordValue((long)time.TotalNanoseconds);
        }
    }
}
