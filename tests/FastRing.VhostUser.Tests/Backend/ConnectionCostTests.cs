using FastRing.DriverKit;
using FastRing.Interop;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>Who connects again and again is not to keep the collector busy, which stops every guest of the process.</summary>
public sealed class ConnectionCostTests
{
    private const int Connections = 200;
    private const long MostBytes = 32 << 10; // A message each way, and a few hundred bytes for each of the rings.

    [Fact]
    public void A_connection_that_comes_and_goes_allocates_little()
    {
        using var served = new ServedDevice(new EchoDevice());
        Visit(served); // What is made once.
        long before = Allocated(served);
        for (int i = 0; i < Connections; i++)
        {
            Visit(served);
        }

        Assert.InRange((Allocated(served) - before) / Connections, 1, MostBytes);
    }

    private static void Visit(ServedDevice served)
    {
        using var frontend = new RawFrontend(UnixSocket.Connect(served.Path));
        frontend.AssertAlive();
    }

    private static long Allocated(ServedDevice served)
    {
        long bytes = 0;
        served.Run(() => bytes = GC.GetAllocatedBytesForCurrentThread());
        return bytes;
    }
}
