using FastRing.Memory;
using Xunit;

namespace FastRing.Tests.Memory;

public class PrivateBytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    public void The_segment_is_the_bytes_and_stands_still(int length)
    {
        var bytes = new PrivateBytes(length);
        nint address = bytes.Vector.Address;
        Assert.Equal((nuint)length, bytes.Vector.Length);
        Assert.Equal(length, bytes.Span.Length);
        bytes.Span.Fill(3);
        for (int i = 0; i < 3; i++)
        {
            _ = new byte[100_000];
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        }

        Assert.Equal(address, bytes.Vector.Address);
        Assert.Equal(-1, bytes.Vector.Span.IndexOfAnyExcept((byte)3));
        Assert.True(length == 0 || bytes.Span.Overlaps(bytes.Vector.Span));
    }
}
