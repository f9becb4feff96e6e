using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace FastRing.Perf;

/// <summary>FastRing's device: <c>workloads net</c>.</summary>
internal sealed class FastRingNetBackend : INetBackend
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Process _process;

    public FastRingNetBackend(NetCase what, string socket) => _process = PinnedProgram.Start(
        WorkloadProgram.Jit.Path,
        [
            "net", "--socket", socket, "--cpu", $"{NetRun.DeviceCpu}",
            "--warm-up", NetRun.WarmUp.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. what.DeviceOptions,
        ]);

    public async Task ReadyAsync(CancellationToken cancellation)
    {
        if (await _process.StandardError.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation) is not { } line || !line.StartsWith("serving", StringComparison.Ordinal))
        {
            throw new IOException($"{WorkloadProgram.Jit.Path} net does not serve");
        }
    }

    public void Begin()
    {
    }

    public void BeginCounting()
    {
    }

    /// <summary>The device ends with its driver and says then what it did.</summary>
    public async Task<double> BusyNsPerPacketAsync(CancellationToken cancellation)
    {
        string line = await _process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation)
            ?? throw new IOException($"{WorkloadProgram.Jit.Path} net ended without a word: {await _process.StandardError.ReadToEndAsync(cancellation)}");
        using JsonDocument result = JsonDocument.Parse(line);
        return result.RootElement.GetProperty("busyNsPerPacket").GetDouble();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
