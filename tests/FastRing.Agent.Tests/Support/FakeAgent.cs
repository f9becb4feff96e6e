using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace FastRing.Agent.Tests.Support;

/// <summary>An agent that says what it is told to. It synchronises as the real one does unless told otherwise.</summary>
internal sealed class FakeAgent : IAsyncDisposable
{
    private readonly PipePair _pipes;
    private readonly Task _running;

    public FakeAgent(long room = 1 << 20, bool running = true)
    {
        _pipes = new PipePair(room);
        _running = running ? Task.Run(RunAsync) : Task.CompletedTask;
    }

    public IDuplexPipe Client => _pipes.Client;

    public PipeReader Input => _pipes.Agent.Input;

    public PipeWriter Output => _pipes.Agent.Output;

    /// <summary>Whether an answer has the request's id, as since QEMU 4.0.</summary>
    public bool RepeatsIds { get; set; } = true;

    /// <summary>What is written for a request; null for nothing.</summary>
    public Func<Request, byte[]?> Answer { get; set; } = request => request.Returns("{}");

    /// <summary>What is written for guest-sync-delimited; null for nothing.</summary>
    public Func<Request, byte[]?> Synchronize { get; set; } = Synchronized;

    /// <summary>Commands in the order they came, without guest-sync-delimited.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>How often guest-sync-delimited came.</summary>
    public int Synchronizations { get; private set; }

    public static byte[] Synchronized(Request request) => [0xff, .. request.Returns(request.Arguments.GetProperty("id").GetRawText())];

    public ValueTask<FlushResult> SayAsync(string text) => Output.WriteAsync(Request.Bytes(text));

    public async ValueTask DisposeAsync()
    {
        await Output.CompleteAsync();
        await Client.Output.CompleteAsync();
        await _running.WaitAsync(Patience.Long);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            ReadResult result = await Input.ReadAsync();
            SequencePosition? end = result.Buffer.PositionOf((byte)'\n');
            if (end is null)
            {
                Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }

                continue;
            }

            string line = Encoding.Latin1.GetString(result.Buffer.Slice(0, end.Value).ToArray());
            Input.AdvanceTo(result.Buffer.GetPosition(1, end.Value));
            if (Reply(line[(line.LastIndexOf('ÿ') + 1)..]) is { } bytes)
            {
                await Output.WriteAsync(bytes);
            }
        }
    }

    private byte[]? Reply(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement.Clone();
        string? id = RepeatsIds && root.TryGetProperty("id", out JsonElement value) ? value.GetRawText() : null;
        root.TryGetProperty("arguments", out JsonElement arguments);
        var request = new Request(root.GetProperty("execute").GetString()!, arguments, id);
        if (request.Command == "guest-sync-delimited")
        {
            Synchronizations++;
            return Synchronize(request);
        }

        Commands.Enqueue(request.Command);
        return Answer(request);
    }
}
