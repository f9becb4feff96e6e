using System.IO.Pipelines;
using FastRing.Console;
using FastRing.Console.Driver;
using FastRing.Console.Endpoints;
using FastRing.Console.Spec;
using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Perf;

/// <summary>What the device's thread allocates while buffers pass: driver to echo port and back, over a real vhost-user connection.</summary>
internal static class AllocationBench
{
    private const int Buffers = 1_000_000;
    private const int MessageBytes = 64;

    public static async Task<IReadOnlyList<Row>> RunAsync(int runs)
    {
        (OwnedFd near, OwnedFd far) = UnixSocket.Pair();
        far.SetNonBlocking();
        using var worker = new Worker("device", fault => throw fault);
        using var device = new ConsoleDevice(worker, new ConsoleOptions { MaxPorts = 2, Ports = [new PortOptions("echo", new EchoEndpoint())] });
        await device.StartAsync();
        using var backend = new VhostUserBackend(worker, device, far, "bench");
        backend.Start();
        ulong features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;
        using var session = new FrontendSession(new VhostUserFrontend(near), 16 << 20, features);
        using var driver = new ConsoleDriver(session, maxPorts: 2);
        DriverPort port = Open(driver);

        Echo(driver, port, Buffers / 4); // Compiled and warm.
        var bytes = new List<double>();
        var collections = new List<double>();
        for (int i = 0; i < Math.Min(runs, 5); i++)
        {
            long before = await AllocatedAsync(worker);
            int gen0 = GC.CollectionCount(0);
            Echo(driver, port, Buffers);
            collections.Add(GC.CollectionCount(0) - gen0);
            bytes.Add(await AllocatedAsync(worker) - before - await ProbeCostAsync(worker));
        }

        double[] pipe = [await PipeAsync()];
        return
        [
            Row.Of("allocations", "device thread, per million buffers each way", "B", bytes, "System.IO.Pipelines.Pipe, per million messages", pipe),
            Row.Of("allocations", "gen0 collections, per million buffers each way", "", collections, "the limit", [0]),
        ];
    }

    private static DriverPort Open(ConsoleDriver driver)
    {
        driver.Start();
        DriverPort? port;
        while ((port = driver.FindPort("echo")) is not { IsHostOpen: true })
        {
            driver.Wait(TimeSpan.FromSeconds(1));
            driver.Poll();
        }

        port.Open();
        return port;
    }

    private static void Echo(ConsoleDriver driver, DriverPort port, int buffers)
    {
        Span<byte> message = stackalloc byte[MessageBytes];
        Span<byte> back = stackalloc byte[4096];
        long left = (long)buffers * MessageBytes;
        int toSend = buffers;
        while (left > 0)
        {
            int sent = toSend > 0 ? port.TryWrite(message) : 0;
            toSend -= sent > 0 ? 1 : 0;
            int read = port.TryRead(back);
            left -= read;
            if (sent + read == 0)
            {
                driver.Wait(TimeSpan.FromSeconds(10));
            }
        }
    }

    private static async Task<long> AllocatedAsync(Worker worker)
    {
        long bytes = 0;
        await worker.InvokeAsync(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }

    /// <summary>What asking costs the worker's thread itself.</summary>
    private static async Task<long> ProbeCostAsync(Worker worker) => -await AllocatedAsync(worker) + await AllocatedAsync(worker);

    private static async Task<double> PipeAsync()
    {
        var pipe = new Pipe();
        byte[] message = new byte[MessageBytes];
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Task reader = Task.Run(async () =>
        {
            for (long left = (long)Buffers * MessageBytes; left > 0;)
            {
                ReadResult result = await pipe.Reader.ReadAsync();
                left -= result.Buffer.Length;
                pipe.Reader.AdvanceTo(result.Buffer.End);
            }
        });
        for (int i = 0; i < Buffers; i++)
        {
            await pipe.Writer.WriteAsync(message);
        }

        await reader;
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
