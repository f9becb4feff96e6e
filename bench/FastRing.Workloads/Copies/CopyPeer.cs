using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Workloads.Copies;

/// <summary>The same bytes copied from and to the same places without a ring.</summary>
internal sealed class CopyPeer(GuestMemory memory, CopyPlan plan)
{
    private readonly IoVector _guest = memory.Window(new GuestAddress(0), plan.GuestBytes);
    private readonly byte[] _private = GC.AllocateArray<byte>(plan.BufferBytes, pinned: true);

    public void Run(int buffers)
    {
        Span<byte> own = _private;
        Span<byte> guest = _guest.Span;
        for (int i = 0, at = 0; i < buffers; i++)
        {
            Span<byte> buffer = guest.Slice(at, own.Length);
            if (plan.IntoGuest)
            {
                own.CopyTo(buffer);
            }
            else
            {
                buffer.CopyTo(own);
            }

            at += own.Length;
            at = at == guest.Length ? 0 : at;
        }
    }
}
