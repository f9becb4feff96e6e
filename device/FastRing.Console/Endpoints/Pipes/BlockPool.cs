using System.Buffers;
using System.Collections.Concurrent;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>
/// Blocks of private memory for the bytes of all pipes. The framework's pool keeps few for each processor, and would make new ones all the time where one
/// thread takes them and another gives them back.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 16 * 1024;

    private const int Kept = 256; // 4 MiB: what is given back beyond that is garbage.

    private readonly ConcurrentQueue<Block> _free = new();
    private int _count;

    /// <summary>Everybody's.</summary>
    public static new BlockPool Shared { get; } = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (_free.TryDequeue(out Block? block))
        {
            Interlocked.Decrement(ref _count);
            return block;
        }

        return new Block(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _count) <= Kept)
        {
            _free.Enqueue(block);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes);

        public Memory<byte> Memory => _bytes;

        public void Dispose() => pool.Return(this);
    }
}
