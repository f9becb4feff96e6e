using System.Diagnostics;

namespace FastRing.EndToEnd;

/// <summary>dpdk-testpmd with a port of net_pcap and one of net_virtio_user, forwarding between them. Without huge pages: anybody may run it.</summary>
internal sealed class Testpmd : IDisposable
{
    private readonly Process _process;

    public Testpmd(string socket, string driverOptions, string received, string sent) => _process = Programs.Start(
        "stdbuf", // Its answers come line by line only to a terminal.
        [
            "-oL", "dpdk-testpmd", "--lcores", "(0,1)@(0-1)", "--main-lcore", "0", "--no-huge", "-m", "64", "--no-shconf", "--no-pci", "--no-telemetry",
            "--file-prefix", $"fastring-{Environment.ProcessId}",
            "--vdev", $"net_pcap0,rx_pcap={received},tx_pcap={sent}", "--vdev", $"net_virtio_user0,path={socket},queues=1,{driverOptions}",
            "--", "--interactive", "--no-flush-rx", "--total-num-mbufs", "2048", "--nb-cores", "1",
        ]);

    /// <summary>Forwards until that many packets have come back, and leaves.</summary>
    public async Task ForwardAsync(int packets)
    {
        using var patience = new CancellationTokenSource(GuestRig.Patience);
        _ = _process.StandardError.ReadToEndAsync(patience.Token);
        await TellAsync("start");
        while (await SentAsync(patience.Token) < packets)
        {
            await Task.Delay(50, patience.Token);
        }

        await TellAsync("quit");
        await _process.StandardOutput.ReadToEndAsync(patience.Token);
        await _process.WaitForExitAsync(patience.Token);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    /// <summary>Packets sent on port 0, into the file.</summary>
    private async Task<long> SentAsync(CancellationToken cancellation)
    {
        const string Field = "TX-packets: ";
        await TellAsync("show port stats 0");
        while (await _process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (line.IndexOf(Field, StringComparison.Ordinal) is >= 0 and int at)
            {
                return long.Parse(line[(at + Field.Length)..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        throw new IOException("testpmd ended");
    }

    private async Task TellAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        await _process.StandardInput.FlushAsync();
    }
}
