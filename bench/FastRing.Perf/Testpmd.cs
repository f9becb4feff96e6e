using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace FastRing.Perf;

/// <summary>A running dpdk-testpmd with one port, spoken to at its prompt. It ends with its standard input, so also when this process is killed.</summary>
internal sealed partial class Testpmd : IDisposable
{
    private const string Program = "dpdk-testpmd";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ExitPatience = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Queue<string> _recent = new();

    private Testpmd(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.ErrorDataReceived += (_, line) => _ = line.Data is null || _lines.Writer.TryWrite(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts it.</summary>
    /// <param name="name">Tells it from others that run at the same time.</param>
    /// <param name="port">The port, as <c>--vdev</c> has it.</param>
    /// <param name="mode">Forwarding mode.</param>
    /// <param name="cpu">Processor of the thread that forwards; the prompt's thread sleeps on it too.</param>
    public static Testpmd Start(string name, string port, string mode, int cpu) => new(PinnedProgram.Start(
        "stdbuf", // Its answers come line by line only to a terminal.
        [
            "-oL", Program, "--lcores", $"(0)@{cpu},(1)@{cpu}", "--main-lcore", "0", "--in-memory", "--no-pci", "--single-file-segments",
            "-m", $"{HugePages.MibPerProcess}", "--no-telemetry", "--log-level", "error", "--file-prefix", name, "--vdev", port,
            "--", "--interactive", "--nb-cores", "1", "--total-num-mbufs", "8192", "--txd", "256", "--rxd", "256", "--forward-mode", mode,
        ]));

    /// <summary>Waits until it listens to commands.</summary>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        await AskAsync("set record-core-cycles on", "testpmd> set record-core-cycles on", cancellation);
        await PacketsPerSecondAsync(cancellation);
    }

    /// <summary>Types a command that answers nothing.</summary>
    public void Tell(string command) => _process.StandardInput.WriteLine(command);

    /// <summary>Packets received and sent a second since this was last asked.</summary>
    public async Task<(double Received, double Sent)> PacketsPerSecondAsync(CancellationToken cancellation)
    {
        double received = Number(PerSecond().Match(await AskAsync("show port stats all", "Rx-pps:", cancellation)));
        double sent = Number(PerSecond().Match(await ReadAsync("Tx-pps:", cancellation)));
        return (received, sent);
    }

    /// <summary>Nanoseconds a packet of bursts that moved some, since <c>clear fwd stats all</c>.</summary>
    public async Task<double> BusyNsPerPacketAsync(CancellationToken cancellation)
    {
        Match match = CyclesPerPacket().Match(await AskAsync("show fwd stats all", "CPU cycles/packet=", cancellation));
        return Number(match) / double.Parse(match.Groups["mhz"].ValueSpan, CultureInfo.InvariantCulture) * 1000;
    }

    /// <summary>Has it leave its device in order, and kills it when that takes long.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close(); // The end of its input is "quit".
        }
        catch (IOException)
        {
            // It is gone already.
        }

        if (!_process.WaitForExit(ExitPatience))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string> AskAsync(string command, string answer, CancellationToken cancellation)
    {
        Tell(command);
        return await ReadAsync(answer, cancellation);
    }

    private async Task<string> ReadAsync(string answer, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            while (true)
            {
                string line = await _lines.Reader.ReadAsync(patience.Token);
                _recent.Enqueue(line);
                if (_recent.Count > 8)
                {
                    _recent.Dequeue();
                }

                if (line.Contains(answer, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (Exception e) when (e is ChannelClosedException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new IOException($"{Program} did not say '{answer}'; last lines: {string.Join(" | ", _recent)}", e);
        }
    }

    private void Heard(string? line)
    {
        if (line is null)
        {
            _lines.Writer.TryComplete();
        }
        else
        {
            _lines.Writer.TryWrite(line);
        }
    }

    private static double Number(Match match) => double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"[RT]x-pps:\s*(?<number>\d+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"CPU cycles/packet=(?<number>[\d.]+) .* at (?<mhz>\d+) MHz")]
    private static partial Regex CyclesPerPacket();
}
