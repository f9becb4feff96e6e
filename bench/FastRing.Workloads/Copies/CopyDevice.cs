using FastRing.Interop;
using FastRing.Queues;

namespace FastRing.Workloads.Copies;

/// <summary>A device that copies every buffer out of the guest's memory, or fills it from its own.</summary>
internal sealed class CopyDevice(Virtqueue queue, CopyPlan plan)
{
    private readonly ChainBatch _batch = new(64, plan.IntoGuest ? ChainDirection.Writable : ChainDirection.Readable);
    private readonly byte[] _private = GC.AllocateArray<byte>(plan.BufferBytes, pinned: true);

    /// <summary>Copies what is available and gives it back.</summary>
    /// <returns>Buffers copied.</returns>
    public int Turn()
    {
        int popped = queue.Pop(_batch);
        if (popped == 0)
        {
            return 0;
        }

        CopyBatch();
        queue.Complete(_batch, popped);
        queue.PublishQuietly();
        return popped;
    }

    /// <summary>Turns until that many buffers are copied.</summary>
    public void Run(int buffers)
    {
        while (buffers > 0)
        {
            int copied = Turn();
            buffers -= copied;
            if (copied == 0)
            {
                SpinHint.Pause();
            }
        }
    }

    private void CopyBatch()
    {
        Span<byte> own = _private;
        ReadOnlySpan<IoVector> segments = _batch.Segments; // One for each chain: the buffers lie in one region.
        for (int i = 0; i < segments.Length; i++)
        {
            if (plan.IntoGuest)
            {
                own.CopyTo(segments[i].Span);
                _batch[i].Written = (uint)own.Length;
            }
            else
            {
                segments[i].Span.CopyTo(own);
            }
        }
    }
}
