using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Spec;

namespace FastRing.Workloads.Chains;

/// <summary>A split ring written once; a round then is one store of avail.idx. Used elements are not looked at.</summary>
internal struct SplitChainDriver : IChainDriver
{
    private readonly IoVector _available;
    private readonly ushort _chains;
    private ushort _index;

    public SplitChainDriver(RingPair pair, ChainShape shape)
    {
        _available = pair.Memory.Window(pair.Layout.Driver, (ulong)(4 + (2 * pair.Ring.Size)));
        _chains = (ushort)shape.Chains;
        Span<VirtqDescriptor> descriptors = MemoryMarshal.Cast<byte, VirtqDescriptor>(
            pair.Memory.Window(pair.Layout.Descriptors, (ulong)(pair.Ring.Size * VirtqDescriptor.SizeBytes)).Span);
        Span<ushort> ring = MemoryMarshal.Cast<byte, ushort>(_available.Span)[2..];
        int step = pair.Ring.IsIndirect ? 1 : shape.Descriptors;
        for (int chain = 0; chain < shape.Chains; chain++)
        {
            shape.Write(pair, chain, descriptors.Slice(chain * step, step), chain * step);
        }

        for (int i = 0; i < ring.Length; i++)
        {
            ring[i] = (ushort)(i % shape.Chains * step);
        }
    }

    public void Offer()
    {
        _index += _chains;
        Volatile.Write(ref MemoryMarshal.Cast<byte, ushort>(_available.Span)[1], _index);
    }

    public readonly void Collect()
    {
    }
}
