using FastRing.Console.Endpoints;
using FastRing.Interop;

namespace FastRing.Console.Tests.Endpoints;

[Collection(nameof(Alone))]
public sealed class FileAllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Writing_allocates_nothing(bool timestamps)
    {
        using var folder = new TemporaryFolder();
        using var endpoint = new FileEndpoint(folder["log"], new FileEndpointOptions { MaxBytes = 1 << 30, Timestamps = timestamps });
        using var memory = MemFd.Create("text", 4096);
        using MappedRegion region = MappedRegion.Map(memory, 0, 4096);
        var line = new IoVector(region.Address, 100);
        line.Span.Fill((byte)'\n');
        IoVector[] segments = [line, line];
        for (int i = 0; i < 1000; i++)
        {
            endpoint.Write(segments);
        }

        nint written = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            written += endpoint.Write(segments);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(200_000, written);
    }
}
