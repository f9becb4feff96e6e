using System.Diagnostics;
using System.Text.Json;

namespace FastRing.Host.Demo;

/// <summary>The demo without any package: a second process drives the device with FastRing's own driver over a vhost-user socket.</summary>
internal sealed class EmbeddedDemo(DemoPorts ports, Action<string> progress)
{
    public const int EchoMiB = 64;
    private const int RoundTrips = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<DemoResult> RunAsync(CancellationToken cancellation)
    {
        using HostClient hello = await HostClient.ConnectAsync(ports.HelloSocket, cancellation);
        using HostClient roundTrip = await HostClient.ConnectAsync(ports.RoundTripSocket, cancellation);

        progress("starting the driver's process");
        long start = Stopwatch.GetTimestamp();
        using Process driver = StartDriver();
        Task<string> output = driver.StandardOutput.ReadToEndAsync(cancellation);
        try
        {
            await (await Task.WhenAny(hello.WaitFirstByteAsync(cancellation), Ended(driver, output))).WaitAsync(Patience, cancellation);
            double firstByteMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

            progress($"timing {RoundTrips} round trips through {DemoPorts.RoundTrip}");
            double[] times = await Task.Run(() => roundTrip.MeasureRoundTrips(RoundTrips), cancellation);
            roundTrip.Dispose(); // The driver goes on to the next part when its host is gone.

            progress($"echoing {EchoMiB} MiB through {DemoPorts.Echo}");
            string text = await output.WaitAsync(Patience, cancellation);
            await driver.WaitForExitAsync(cancellation);
            return Result(firstByteMs, times, Report(driver, text));
        }
        finally
        {
            if (!driver.HasExited)
            {
                driver.Kill();
            }
        }
    }

    private static DemoResult Result(double firstByteMs, double[] times, DriverReport report) => new()
    {
        Guest = "embedded",
        FirstByteMs = Math.Round(firstByteMs, 1),
        EchoBytes = EchoMiB << 20,
        EchoOk = report.EchoOk,
        EchoSha256 = report.EchoSha256,
        ThroughputMibS = Math.Round(EchoMiB / report.EchoSeconds, 1),
        RoundTripUsP50 = Math.Round(times[times.Length / 2], 1),
        RoundTripUsP99 = Math.Round(times[times.Length * 99 / 100], 1),
    };

    private static DriverReport Report(Process driver, string text) =>
        driver.ExitCode == 0 && JsonSerializer.Deserialize(text, DemoJson.Default.DriverReport) is { } report
            ? report
            : throw new IOException($"the driver's process ended with {driver.ExitCode}: {text.Trim()}");

    private static async Task Ended(Process driver, Task<string> output)
    {
        await driver.WaitForExitAsync();
        throw new IOException($"the driver's process ended with {driver.ExitCode}: {(await output).Trim()}");
    }

    /// <summary>The program again; the executable lies beside the assembly, however this process was started, but for a dotnet tool's, which is in a folder of its own.</summary>
    private Process StartDriver()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, "fastring");
        string self = File.Exists(beside) ? beside : Environment.ProcessPath!;
        return Process.Start(new ProcessStartInfo(self, ["demo-driver", ports.VhostSocket]) { RedirectStandardOutput = true })
            ?? throw new IOException($"can't start {self}");
    }
}
