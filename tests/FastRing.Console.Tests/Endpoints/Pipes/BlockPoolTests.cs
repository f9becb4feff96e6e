using System.Buffers;
using FastRing.Console.Endpoints.Pipes;

namespace FastRing.Console.Tests.Endpoints.Pipes;

public sealed class BlockPoolTests
{
    [Fact]
    public void A_block_given_back_is_used_again_and_never_by_two()
    {
        using var pool = new BlockPool();
        IMemoryOwner<byte> first = pool.Rent();
        IMemoryOwner<byte> second = pool.Rent(BlockPool.BlockBytes);
        Assert.Equal(BlockPool.BlockBytes, first.Memory.Length);
        Assert.False(first.Memory.Span.Overlaps(second.Memory.Span));
        first.Dispose();
        Assert.Same(first, pool.Rent(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(BlockPool.BlockBytes + 1));
    }

    [Fact]
    public void What_is_kept_has_a_limit()
    {
        const int Many = 1000;
        using var pool = new BlockPool();
        var blocks = Enumerable.Range(0, Many).Select(_ => pool.Rent()).ToHashSet();
        foreach (IMemoryOwner<byte> block in blocks)
        {
            block.Dispose();
        }

        int kept = Enumerable.Range(0, Many).Count(_ => blocks.Contains(pool.Rent()));
        Assert.Equal(256, kept);
    }
}
