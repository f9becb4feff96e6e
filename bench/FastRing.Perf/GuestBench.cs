using System.Diagnostics;
using FastRing.Host.Demo;
using FastRing.Host.Guests;
using FastRing.Interop;

namespace FastRing.Perf;

/// <summary>The demo with a Linux guest, several times, beside what the host alone can do.</summary>
internal static class GuestBench
{
    private const double FirstByteLimitMs = 2000;

    public static async Task<IReadOnlyList<Row>> RunAsync(int runs)
    {
        GuestPackages packages = await GuestPackages.FindAsync();
        var results = new List<DemoResult>();
        var socketRoundTrips = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            results.Add(await DemoAsync(packages));
            socketRoundTrips.Add(SocketRoundTripUs());
        }

        return
        [
            Row.Of("guest", "first byte after the guest's start", "ms", results.Select(r => r.FirstByteMs), "the limit", [FirstByteLimitMs]),
            Row.Of("guest", "round trip of 64 B, host - Linux guest - host", "us", results.Select(r => r.RoundTripUsP50), "unix socket pair, two threads", socketRoundTrips),
            Row.Of("guest", "echo of 64 MiB, each way", "MiB/s", results.Select(r => r.ThroughputMibS), "the same through FastRing's own driver", await EmbeddedAsync(runs)),
        ];
    }

    private static Task<DemoResult> DemoAsync(GuestPackages? packages) => DemoRun.RunAsync(packages, _ => { }, CancellationToken.None);

    private static async Task<List<double>> EmbeddedAsync(int runs)
    {
        var values = new List<double>();
        for (int i = 0; i < runs; i++)
        {
            values.Add((await DemoAsync(null)).ThroughputMibS);
        }

        return values;
    }

    /// <summary>The same message between two threads over a plain socket: what no channel between processes can beat here.</summary>
    private static double SocketRoundTripUs()
    {
        const int Rounds = 1000;
        (OwnedFd near, OwnedFd far) = UnixSocket.Pair();
        var echo = new Thread(() =>
        {
            byte[] bytes = new byte[64];
            while (far.Read(bytes) is > 0 and nint count)
            {
                far.Write(bytes.AsSpan(0, (int)count));
            }
        });
        echo.Start();
        byte[] message = new byte[64];
        double[] times = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            near.Write(message);
            near.Read(message);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        near.Dispose();
        echo.Join();
        far.Dispose();
        return Spread.Of(times).Median;
    }
}
