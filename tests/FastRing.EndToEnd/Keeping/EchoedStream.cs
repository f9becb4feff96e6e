using FastRing.Client;

namespace FastRing.EndToEnd.Keeping;

/// <summary>A client of a resumable port that sends bytes without end, each known by its place, and expects them back, each once, in order.</summary>
internal sealed class EchoedStream : IAsyncDisposable
{
    private readonly ResumableChannel _channel;
    private readonly ResumableStream _session;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _writing;
    private readonly Task _reading;
    private long _written;
    private long _read;

    private EchoedStream(ResumableChannel channel, ResumableStream session)
    {
        _channel = channel;
        _session = session;
        _writing = Task.Run(WriteAsync);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Bytes that came back.</summary>
    public long Read => Volatile.Read(ref _read);

    public static async Task<EchoedStream> StartAsync(string path)
    {
        var channel = new ResumableChannel(path, new ResumableOptions { LongestDelay = TimeSpan.FromMilliseconds(5) });
        return new EchoedStream(channel, await channel.NextSessionAsync().WaitAsync(GuestRig.Patience));
    }

    /// <summary>Waits for more bytes than came back before.</summary>
    public async Task UntilMoreAsync(long than)
    {
        await GuestRig.UntilAsync(() => Read > than || _reading.IsCompleted || _writing.IsCompleted, $"more than {than} bytes of {Volatile.Read(ref _written)}; {_session.Ended}");
        await ThrowIfFailedAsync();
    }

    /// <summary>Sends nothing more, and waits for all that was sent.</summary>
    public async Task FinishAsync()
    {
        await _end.CancelAsync();
        await _writing.WaitAsync(GuestRig.Patience);
        await GuestRig.UntilAsync(() => Read == _written || _reading.IsCompleted, $"{Read} of {_written} bytes came back");
        await ThrowIfFailedAsync();
        Assert.Equal(_written, Read);
        Assert.Null(_session.Ended);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _channel.DisposeAsync();
        await Task.WhenAny(Task.WhenAll(_reading, _writing), Task.Delay(1000));
        _end.Dispose();
    }

    private static byte ByteAt(long place) => (byte)(((ulong)place * 0x9E37_79B9_7F4A_7C15) >> 56);

    private async Task ThrowIfFailedAsync()
    {
        if (_reading.IsFaulted)
        {
            await _reading;
        }

        if (_writing.IsFaulted)
        {
            await _writing;
        }

        Assert.False(_reading.IsCompleted && !_end.IsCancellationRequested, $"the session ended: {_session.Ended}");
    }

    private async Task WriteAsync()
    {
        var random = new Random(6);
        byte[] block = new byte[5000];
        while (!_end.IsCancellationRequested)
        {
            int count = random.Next(1, block.Length);
            for (int i = 0; i < count; i++)
            {
                block[i] = ByteAt(_written + i);
            }

            await _session.WriteAsync(block.AsMemory(0, count));
            Volatile.Write(ref _written, _written + count);
        }

        await _session.FlushAsync();
    }

    private async Task ReadAsync()
    {
        byte[] block = new byte[64 << 10];
        while (await _session.ReadAsync(block) is > 0 and int count)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(block[i] == ByteAt(_read + i), $"byte {_read + i} is another");
            }

            Volatile.Write(ref _read, _read + count);
        }
    }
}
