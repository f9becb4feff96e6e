using System.Diagnostics;
using FastRing.Client;

namespace FastRing.Perf;

/// <summary>Bytes that go round through a resumable port, and when they come back.</summary>
internal sealed class RecoveryTraffic : IAsyncDisposable
{
    private readonly ResumableChannel _channel;
    private readonly ResumableStream _session;
    private readonly Task _moving;
    private readonly Lock _lock = new();
    private long _read;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _longest;

    private RecoveryTraffic(ResumableChannel channel, ResumableStream session)
    {
        _channel = channel;
        _session = session;
        _moving = Task.WhenAny(Task.Run(WriteAsync), Task.Run(ReadAsync)).Unwrap();
    }

    /// <summary>The longest time without a byte since <see cref="BeginPause"/>.</summary>
    public TimeSpan LongestPause
    {
        get
        {
            lock (_lock)
            {
                return _longest;
            }
        }
    }

    public static async Task<RecoveryTraffic> StartAsync(string path)
    {
        var channel = new ResumableChannel(path, new ResumableOptions { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(2) });
        return new RecoveryTraffic(channel, await channel.NextSessionAsync());
    }

    public void BeginPause()
    {
        lock (_lock)
        {
            _longest = default;
        }
    }

    /// <summary>Waits for bytes that had not come before.</summary>
    /// <exception cref="IOException">They do not come.</exception>
    public async Task UntilMoreAsync(TimeSpan patience)
    {
        long before = Volatile.Read(ref _read);
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _read) < before + 10_000)
        {
            if (Stopwatch.GetElapsedTime(start) > patience || _moving.IsCompleted)
            {
                throw new IOException($"nothing comes back any more: {_moving.Exception?.Message ?? $"{_session.Ended}"}");
            }

            await Task.Delay(1);
        }
    }

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private async Task WriteAsync()
    {
        byte[] block = new byte[4096];
        while (_session.Ended is null)
        {
            await _session.WriteAsync(block);
        }
    }

    private async Task ReadAsync()
    {
        byte[] block = new byte[64 << 10];
        while (await _session.ReadAsync(block) is > 0 and int count)
        {
            Volatile.Write(ref _read, _read + count);
            lock (_lock)
            {
                TimeSpan since = Stopwatch.GetElapsedTime(_last);
                _longest = since > _longest ? since : _longest;
                _last = Stopwatch.GetTimestamp();
            }
        }
    }
}
