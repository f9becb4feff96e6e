using System.Net.Sockets;
using System.Text.Json;

namespace FastRing.EndToEnd;

/// <summary>QEMU's monitor (QMP): one command at a time, events skipped.</summary>
internal sealed class QemuMonitor : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private QemuMonitor(NetworkStream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream);
    }

    public static async Task<QemuMonitor> ConnectAsync(string socket)
    {
        var monitor = new QemuMonitor(await HostClients.ConnectAsync(socket));
        await monitor.ReadAsync("QMP"); // Its greeting.
        await monitor.ExecuteAsync("qmp_capabilities");
        return monitor;
    }

    /// <summary>Runs a command without arguments and expects it to succeed.</summary>
    public async Task ExecuteAsync(string command)
    {
        await _stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { execute = command }));
        await ReadAsync("return");
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        return _stream.DisposeAsync();
    }

    private async Task ReadAsync(string member)
    {
        while (true)
        {
            string line = await _reader.ReadLineAsync().WaitAsync(GuestRig.Patience) ?? throw new IOException("QEMU closed its monitor");
            JsonElement said = JsonDocument.Parse(line).RootElement;
            Assert.False(said.TryGetProperty("error", out _), line);
            if (said.TryGetProperty(member, out _))
            {
                return;
            }
        }
    }
}
