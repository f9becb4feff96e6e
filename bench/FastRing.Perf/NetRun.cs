using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>One driver against one device for a few seconds.</summary>
internal static class NetRun
{
    public const int DriverCpu = 0;
    public const int DeviceCpu = 1;

    /// <summary>How long packets move before the time that counts; .NET compiles its loops in it.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    /// <summary>Starts the device and a driver, and measures for a while between two looks at the processors' distance.</summary>
    public static async Task<NetSample> RunAsync(NetCase what, Func<NetCase, string, INetBackend> create, CancellationToken cancellation)
    {
        double before = Distance(); // Before and after anybody polls: a polling thread leaves no time for it.
        NetSample sample = await MeasureAsync(what, create, cancellation);
        return sample with { DistanceNs = Math.Max(before, Distance()) };
    }

    private static async Task<NetSample> MeasureAsync(NetCase what, Func<NetCase, string, INetBackend> create, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-net-");
        try
        {
            string socket = Path.Combine(folder.FullName, "vhost.sock");
            using INetBackend backend = create(what, socket);
            await backend.ReadyAsync(cancellation);
            (double mpps, double driverBusy) = await DriveAsync(what, backend, socket, cancellation);
            return new NetSample(mpps, driverBusy, await backend.BusyNsPerPacketAsync(cancellation), DistanceNs: 0);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(double Mpps, double BusyNs)> DriveAsync(NetCase what, INetBackend backend, string socket, CancellationToken cancellation)
    {
        using Testpmd driver = Testpmd.Start("fastring-driver", $"net_virtio_user0,path={socket},{what.DriverOptions}", what.Modes.Driver, DriverCpu);
        await driver.ReadyAsync(cancellation);
        backend.Begin();
        driver.Tell(what.Traffic == NetTraffic.Loopback ? "start tx_first 8" : "start"); // 8 bursts of 32 packets
        await Task.Delay(WarmUp, cancellation);
        backend.BeginCounting();
        driver.Tell("clear fwd stats all");
        await driver.PacketsPerSecondAsync(cancellation);
        await Task.Delay(Window, cancellation);
        (double received, double sent) = await driver.PacketsPerSecondAsync(cancellation);
        double busy = await driver.BusyNsPerPacketAsync(cancellation);
        return ((what.Traffic == NetTraffic.GuestToHost ? sent : received) / 1e6, busy);
    }

    private static double Distance()
    {
        double distance = 0;
        var thread = new Thread(() => distance = CoreDistance.Measure(DriverCpu, DeviceCpu)); // One of its own: it stays where it measured.
        thread.Start();
        thread.Join();
        return distance;
    }
}
