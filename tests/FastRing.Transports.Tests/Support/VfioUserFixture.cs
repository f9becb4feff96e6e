using FastRing.Devices;
using FastRing.Interop;
using FastRing.VfioUser;
using FastRing.VhostUser.Backend;

namespace FastRing.Transports.Tests.Support;

/// <summary>A device behind a vfio-user socket.</summary>
internal sealed class VfioUserFixture : IDisposable
{
    private static int s_number;

    public VfioUserFixture(TimeSpan? deadline = null)
    {
        Server = new VfioUserServer(Worker.Worker, Echo, UnixSocket.Listen(Path), Path) { MaxMappedBytes = 1 << 30, MessageDeadline = deadline ?? TimeSpan.FromSeconds(10) };
        Server.Start();
    }

    public DeviceWorker Worker { get; } = new();

    public string Path { get; } = $"@fastring-vfio-{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}";

    public EchoDevice Echo { get; } = new();

    public VfioUserServer Server { get; }

    /// <summary>How often the device is to throw where nobody but its server can answer for it.</summary>
    public ulong Faults { get; set; }

    /// <summary>A client that has said its version.</summary>
    public VfioUserClient Connect()
    {
        var client = VfioUserClient.Connect(Path);
        client.SayVersion();
        return client;
    }

    /// <summary>A driver that is ready, and its first queue.</summary>
    public VfioUserDriver Driver(out DriverQueue queue, bool usesMsix = true)
    {
        VfioUserDriver driver = VfioUserDriver.Connect(Path);
        driver.UsesMsix = usesMsix;
        driver.Enumerate();
        driver.Negotiate();
        queue = driver.StartQueue(0, 16);
        driver.Begin();
        return driver;
    }

    public void Dispose()
    {
        Server.Dispose();
        Worker.Dispose();
        Assert.Equal(Faults, Server.Counters.Rejected(RejectionReason.Fault));
    }
}
