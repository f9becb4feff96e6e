using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Spec;

namespace FastRing.Workloads.Chains;

/// <summary>A packed ring whose addresses are written once; a round then is one 8-byte store (len, id, flags) for each descriptor.</summary>
internal struct PackedChainDriver : IChainDriver
{
    private const ulong Available = 1UL << 55; // VIRTQ_DESC_F_AVAIL, bit 7 of flags
    private const ulong Used = 1UL << 63;      // VIRTQ_DESC_F_USED, bit 15 of flags

    private readonly IoVector _descriptors;
    private readonly ulong[] _words; // len, id and flags of a round's descriptors, without the wrap bits
    private int _next;
    private ulong _wrapBits = Available;

    public PackedChainDriver(RingPair pair, ChainShape shape)
    {
        int step = pair.Ring.IsIndirect ? 1 : shape.Descriptors;
        _words = new ulong[shape.Chains * step];
        if (pair.Ring.Size % _words.Length != 0)
        {
            throw new ArgumentException("a packed ring must hold a whole number of rounds");
        }

        _descriptors = pair.Memory.Window(pair.Layout.Descriptors, (ulong)(pair.Ring.Size * VirtqDescriptor.SizeBytes));
        Span<ulong> ring = MemoryMarshal.Cast<byte, ulong>(_descriptors.Span);
        Span<VirtqDescriptor> one = stackalloc VirtqDescriptor[step];
        Span<ulong> written = MemoryMarshal.Cast<VirtqDescriptor, ulong>(one);
        for (int chain = 0; chain < shape.Chains; chain++)
        {
            shape.Write(pair, chain, one, 0);
            for (int i = 0; i < step; i++)
            {
                DescriptorFlags flags = pair.Ring.IsIndirect ? DescriptorFlags.Indirect : i < step - 1 ? DescriptorFlags.Next : DescriptorFlags.None;
                _words[(chain * step) + i] = one[i].Length | ((ulong)chain << 32) | ((ulong)flags << 48);
            }

            for (int slot = chain * step; slot < pair.Ring.Size; slot += _words.Length)
            {
                for (int i = 0; i < step; i++)
                {
                    ring[2 * (slot + i)] = written[2 * i];
                }
            }
        }
    }

    public void Offer()
    {
        Span<ulong> ring = MemoryMarshal.Cast<byte, ulong>(_descriptors.Span).Slice(2 * _next, 2 * _words.Length);
        ulong wrapBits = _wrapBits;
        for (int i = _words.Length - 1; i >= 0; i--)
        {
            Volatile.Write(ref ring[(2 * i) + 1], _words[i] | wrapBits); // Backwards: a chain's head shows the whole of it.
        }

        _next += _words.Length;
        if (_next * VirtqDescriptor.SizeBytes == (int)_descriptors.Length)
        {
            _next = 0;
            _wrapBits ^= Available | Used;
        }
    }

    public readonly void Collect()
    {
    }
}
