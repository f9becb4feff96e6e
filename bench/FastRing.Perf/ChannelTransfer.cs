using System.Diagnostics;
using System.Net.Sockets;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>Moves bytes through a channel, from the host's end, on a thread that blocks.</summary>
internal static class ChannelTransfer
{
    /// <summary>After this something is wrong.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private const int ReadBytes = 64 << 10;
    private const double Mib = 1 << 20;
    private const double Gib = 1 << 30;

    /// <summary>One way: what the far end does tells which.</summary>
    public static async Task<ChannelSample> MoveAsync(ByteChannel channel, ChannelPart part)
    {
        ((double seconds, double? spent, long bytes), double? interrupts) = await WithAsync(
            channel, part, socket => part.Kind == ChannelPartKind.Give ? Drain(channel, socket, part) : Feed(channel, socket, part));
        return new ChannelSample(bytes / Mib / seconds, seconds, spent * Gib / bytes, interrupts * 1000 / part.Blocks);
    }

    /// <summary>There and back, one at a time, in nanoseconds. The first tenth does not count.</summary>
    public static async Task<LongHistogram> RoundTripsAsync(ByteChannel channel, ChannelPart part)
    {
        (LongHistogram times, _) = await WithAsync(channel, part, socket => RoundTrips(socket, part));
        return times;
    }

    private static async Task<(T Result, double? Interrupts)> WithAsync<T>(ByteChannel channel, ChannelPart part, Func<Socket, T> work)
    {
        Task<double?> far = channel.PlayAsync(part);
        Socket socket = await channel.OpenAsync();
        try
        {
            T result = await Task.Factory.StartNew(() => work(socket), TaskCreationOptions.LongRunning);
            return (result, await far);
        }
        catch (SocketException e)
        {
            throw new IOException($"{channel.Name}: {part.Kind} {part.Blocks} x {part.BlockBytes} B: {e.Message}", e);
        }
        finally
        {
            channel.Close(socket);
        }
    }

    private static LongHistogram RoundTrips(Socket socket, ChannelPart part)
    {
        LongHistogram times = PercentileCurve.Times();
        byte[] message = new byte[part.BlockBytes];
        Fill(socket, message.AsSpan(0, 1)); // It is ready.
        for (long i = 0; i < part.Blocks; i++)
        {
            long start = Stopwatch.GetTimestamp();
            socket.Send(message);
            Fill(socket, message);
            if (i >= part.Blocks / 10)
            {
                times.RecordValue((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            }
        }

        return times;
    }

    /// <summary>From the first bytes that come to the last.</summary>
    private static (double Seconds, double? Spent, long Bytes) Drain(ByteChannel channel, Socket socket, ChannelPart part)
    {
        byte[] buffer = new byte[ReadBytes];
        long left = part.Bytes - Read(socket, buffer);
        double? spent = channel.ProcessorSeconds();
        long bytes = left;
        long start = Stopwatch.GetTimestamp();
        while (left > 0)
        {
            left -= Read(socket, buffer);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, channel.ProcessorSeconds() - spent, bytes);
    }

    /// <summary>From when the far end is ready to when it says that it has the last.</summary>
    private static (double Seconds, double? Spent, long Bytes) Feed(ByteChannel channel, Socket socket, ChannelPart part)
    {
        byte[] said = new byte[1];
        byte[] block = new byte[part.BlockBytes];
        Fill(socket, said);
        double? spent = channel.ProcessorSeconds();
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < part.Blocks; i++)
        {
            socket.Send(block);
        }

        Fill(socket, said);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, channel.ProcessorSeconds() - spent, part.Bytes);
    }

    private static void Fill(Socket socket, Span<byte> buffer)
    {
        for (int got = 0; got < buffer.Length;)
        {
            got += Read(socket, buffer[got..]);
        }
    }

    private static int Read(Socket socket, Span<byte> buffer) =>
        socket.Receive(buffer) is > 0 and int count ? count : throw new IOException("the other end closed the channel");
}
