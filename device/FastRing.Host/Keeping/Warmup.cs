using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Interop.Sandbox;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.Host.Keeping;

/// <summary>
/// A worker that waits serves a guest of its own for a moment: what is compiled, loaded and touched for the first time then is not when a guest waits.
/// </summary>
internal static class Warmup
{
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;
    private const string Name = "warmup";
    private const int MaxPorts = 2;
    private const int Queues = 2 * (MaxPorts + 1);
    private const ushort QueueSize = 1024;
    private const int HeapBytes = 4 << 20; // Twice what a takeover of one guest with 64 queues was seen to allocate.
    private const int BlockBytes = 8 << 10;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(SandboxConfig sandbox)
    {
        try
        {
            foreach (ulong packed in (ulong[])[0, VirtioFeatures.RingPacked])
            {
                await ServeAsync(Features | packed);
            }

            TouchHeap();

            if (sandbox.Value != SandboxMode.Off)
            {
                _ = SystemCallPolicy.Filter(sandbox.Value, internet: true); // Not installed: sockets are to be opened yet.
            }
        }
        catch (Exception e) when (e is IOException or VhostUserException or TimeoutException or UsageException)
        {
            // It would have been quicker.
        }
    }

    /// <summary>A page that is touched for the first time is a fault, and a takeover allocates hundreds: the collector gives out again what it has had before.</summary>
    private static void TouchHeap()
    {
        for (int i = 0; i < HeapBytes / BlockBytes; i++)
        {
            GC.KeepAlive(new byte[BlockBytes]);
        }

        GC.Collect();
    }

    private static async Task ServeAsync(ulong features)
    {
        (OwnedFd backend, OwnedFd frontend) = UnixSocket.Pair();
        var config = new GuestConfig { Name = Name, Fd = backend.Fd, MaxPorts = MaxPorts, Ports = [new PortConfig { Name = Name, Backend = "echo" }] };
        using OwnedFd file = KeptConfig.Of(new DaemonConfig([config], null, new SandboxConfig(), null), [config], null).ToFile();
        using ServedGuests guests = ServedGuests.Open(KeptConfig.Read(file).Daemon.Guests, NullLogger.Instance);
        backend.Dispose();
        await guests.StartAsync();
        using var session = new FrontendSession(new VhostUserFrontend(frontend), memoryBytes: 4 << 20, features);
        session.TrackInflight(Queues, QueueSize);
        using var driver = new ConsoleDriver(session, MaxPorts);
        driver.Start();
        Echo(driver);
    }

    private static void Echo(ConsoleDriver driver)
    {
        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        byte[] buffer = new byte[64];
        bool isSent = false;
        int received = 0;
        while (received == 0)
        {
            DriverPort? port = driver.FindPort(Name);
            if (port is { IsHostOpen: true } && !isSent)
            {
                port.Open();
                isSent = port.TryWrite(buffer) > 0;
            }

            received = port?.TryRead(buffer) ?? 0;
            driver.Wait(TimeSpan.FromMilliseconds(5));
            driver.Poll();
            if (Environment.TickCount64 > end)
            {
                throw new TimeoutException();
            }
        }
    }
}
