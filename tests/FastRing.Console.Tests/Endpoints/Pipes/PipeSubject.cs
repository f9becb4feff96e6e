using System.Buffers;
using System.IO.Pipelines;

namespace FastRing.Console.Tests.Endpoints.Pipes;

/// <summary>A pipe under test and whoever is at the other end of it. Nothing here blocks: a test may run on the device's worker.</summary>
internal abstract class PipeSubject : IDisposable
{
    public const int Limit = 16 * 1024;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    /// <summary>What is read.</summary>
    public abstract PipeReader Input { get; }

    /// <summary>What is written to.</summary>
    public abstract PipeWriter Output { get; }

    /// <summary>Runs a test where the pipe may be used.</summary>
    public Task RunAsync(Func<Task> test) => StartAsync(test).WaitAsync(s_deadline, TestContext.Current.CancellationToken);

    /// <summary>The other side sends what there is room for now.</summary>
    /// <returns>Bytes taken.</returns>
    public abstract int SendNow(ReadOnlySpan<byte> bytes);

    /// <summary>The other side takes what there is now.</summary>
    /// <returns>Bytes copied.</returns>
    public abstract int ReceiveNow(Span<byte> bytes);

    /// <summary>The other side ends, both ways.</summary>
    public abstract Task EndAsync();

    /// <summary>Everything that can happen by itself has happened.</summary>
    public abstract Task SettleAsync();

    public abstract void Dispose();

    public async Task SendAsync(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            int now = SendNow(bytes.AsSpan(sent));
            sent += now;
            if (now == 0)
            {
                await Task.Yield();
            }
        }
    }

    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (int received = 0; received < count;)
        {
            int now = ReceiveNow(bytes.AsSpan(received));
            received += now;
            if (now == 0)
            {
                await Task.Yield();
            }
        }

        return bytes;
    }

    /// <summary>Reads until so many bytes are there, consumes nothing of them, and leaves the read open.</summary>
    public async Task<ReadResult> ReadUntilAsync(long bytes)
    {
        while (true)
        {
            ReadResult result = await Input.ReadAsync();
            if (result.Buffer.Length >= bytes || result.IsCompleted)
            {
                return result;
            }

            Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads and consumes exactly so many bytes, and examines no more.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        ReadResult result = await ReadUntilAsync(count);
        ReadOnlySequence<byte> part = result.Buffer.Slice(0, count);
        byte[] bytes = part.ToArray();
        Input.AdvanceTo(part.End);
        return bytes;
    }

    protected abstract Task StartAsync(Func<Task> test);
}
