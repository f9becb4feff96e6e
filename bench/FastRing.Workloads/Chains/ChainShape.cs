using System.Runtime.InteropServices;
using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Workloads.Chains;

/// <summary>What a round's chains look like: buffers of 64 bytes that the device reads, laid out one behind the other.</summary>
/// <param name="Chains">Chains in a round.</param>
/// <param name="Descriptors">Descriptors of a chain.</param>
internal readonly record struct ChainShape(int Chains, int Descriptors)
{
    public const int BufferBytes = 64;

    public ulong BuffersBytes => (ulong)(Chains * Descriptors * BufferBytes);

    public ulong TablesBytes => (ulong)(Chains * Descriptors * VirtqDescriptor.SizeBytes);

    public GuestAddress Buffer(int chain, int descriptor) => new((ulong)(((chain * Descriptors) + descriptor) * BufferBytes));

    /// <summary>
    /// Writes a chain to <paramref name="to"/>, which starts at index <paramref name="first"/> of the descriptor area; with indirect descriptors,
    /// one descriptor that points to a table.
    /// </summary>
    public void Write(RingPair pair, int chain, Span<VirtqDescriptor> to, int first)
    {
        if (!pair.Ring.IsIndirect)
        {
            WriteBuffers(pair.Ring, chain, to, first);
            return;
        }

        var table = new GuestAddress(BuffersBytes + ((ulong)chain * (ulong)Descriptors * VirtqDescriptor.SizeBytes));
        uint bytes = (uint)(Descriptors * VirtqDescriptor.SizeBytes);
        WriteBuffers(pair.Ring, chain, MemoryMarshal.Cast<byte, VirtqDescriptor>(pair.Memory.Window(table, bytes).Span), 0);
        to[0] = new VirtqDescriptor(table.Value, bytes, DescriptorFlags.Indirect, 0);
    }

    private void WriteBuffers(RingShape ring, int chain, Span<VirtqDescriptor> to, int first)
    {
        for (int i = 0; i < Descriptors; i++)
        {
            // The packed layout has id and flags where the split one has flags and next. Its driver adds them on the ring; in a table they are 0.
            bool isLinked = !ring.IsPacked && i < Descriptors - 1;
            DescriptorFlags flags = isLinked ? DescriptorFlags.Next : DescriptorFlags.None;
            to[i] = new VirtqDescriptor(Buffer(chain, i).Value, BufferBytes, flags, isLinked ? (ushort)(first + i + 1) : (ushort)0);
        }
    }
}
