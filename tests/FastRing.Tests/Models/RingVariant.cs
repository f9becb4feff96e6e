using System.Numerics;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Models;

/// <summary>What kind of ring a schedule runs on: its layout, and the features that change how it is used.</summary>
internal readonly record struct RingVariant(bool Packed, bool InOrder, bool EventIndex, bool Indirect)
{
    /// <summary>Longest indirect table of the model's drivers: most of their chains fit, some do not.</summary>
    public const int IndirectEntries = 5;

    /// <summary>Every variant, as the arguments of a theory.</summary>
    public static TheoryData<bool, bool, bool, bool> All
    {
        get
        {
            var all = new TheoryData<bool, bool, bool, bool>();
            for (int bits = 0; bits < 16; bits++)
            {
                all.Add((bits & 8) != 0, (bits & 4) != 0, (bits & 2) != 0, (bits & 1) != 0);
            }

            return all;
        }
    }

    /// <summary>1 to 64, 256, 1024 and 32768, where the layout allows them.</summary>
    public IEnumerable<ushort> Sizes
    {
        get
        {
            bool any = Packed;
            return Enumerable.Range(1, 64).Concat([256, 1024, 32768])
                .Where(size => any || BitOperations.IsPow2(size)).Select(size => (ushort)size);
        }
    }

    public ulong Features =>
        VirtioFeatures.Version1
        | (Packed ? VirtioFeatures.RingPacked : 0)
        | (InOrder ? VirtioFeatures.InOrder : 0)
        | (EventIndex ? VirtioFeatures.EventIndex : 0)
        | (Indirect ? VirtioFeatures.IndirectDescriptors : 0);
}
