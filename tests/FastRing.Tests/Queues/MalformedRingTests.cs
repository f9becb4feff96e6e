using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using Xunit;

namespace FastRing.Tests.Queues;

/// <summary>
/// The whole list of malformed rings, on both layouts and through both ways of popping: the error is named, the queue stops, the good chains
/// before are delivered, and nothing is written. Ring areas end with their regions, so a read too far kills the run.
/// </summary>
public sealed class MalformedRingTests : IDisposable
{
    private const ushort Size = 128;

    private readonly TestGuest _guest = HostileMap.Create(Size);

    public static TheoryData<string, bool> Rings
    {
        get
        {
            var rings = new TheoryData<string, bool>();
            foreach (MalformedRing ring in MalformedRings.Split)
            {
                rings.Add(ring.Name, false);
            }

            foreach (MalformedRing ring in MalformedRings.Packed)
            {
                rings.Add(ring.Name, true);
            }

            return rings;
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_malformed_ring_stops_its_queue_behind_the_good_chains(string name, bool packed)
    {
        MalformedRing malformed = Find(name, packed);
        int[] counts = malformed.IsOfWholeRing ? [0] : [0, 1, 3, 4, 5, 63];
        foreach (bool intoArrays in (bool[])[false, true])
        {
            foreach (int count in counts)
            {
                Stops(malformed, count, intoArrays, count + 1, features: 0, packed);
            }

            Stops(malformed, counts[^1], intoArrays, atOnce: 4, VirtioFeatures.EventIndex | VirtioFeatures.InOrder, packed);
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_ring_that_has_worked_for_a_while_is_no_more_trusted(string name, bool packed)
    {
        MalformedRing malformed = Find(name, packed);
        foreach (int[] rounds in (int[][])[[1], [Size - 1], [Size, Size, Size - 2]])
        {
            foreach (bool intoArrays in (bool[])[false, true])
            {
                HostileRing ring = Ring(malformed, packed, 0);
                Virtqueue queue = ring.Start();
                var popper = new Popper(queue, intoArrays, 64);
                foreach (int count in rounds)
                {
                    ring.OfferGood(count);
                    popper.TakeAll();
                    Assert.Equal(count, popper.Chains.Count);
                    popper.CompleteAll();
                    queue.Publish();
                }

                malformed.Offer(ring);
                byte[] before = ring.Guest.Snapshot();
                popper.TakeAll();
                Assert.Empty(popper.Chains);
                AssertStopped(ring, queue, malformed, before);
            }
        }
    }

    [Fact]
    public void There_are_no_two_of_a_name()
    {
        Assert.Distinct(MalformedRings.Split.Select(ring => ring.Name));
        Assert.Distinct(MalformedRings.Packed.Select(ring => ring.Name));
    }

    [Fact]
    public void Every_error_a_driver_can_cause_on_a_running_ring_is_caused()
    {
        VirtqueueError[] elsewhere = [
            VirtqueueError.None, VirtqueueError.BadSize, VirtqueueError.AreaMisaligned, VirtqueueError.AreaNotMapped, VirtqueueError.NotTranslated, VirtqueueError.AccessDenied, VirtqueueError.BadBase,
            VirtqueueError.TooManySegments, VirtqueueError.RingOverrun, VirtqueueError.BufferIdInFlight, VirtqueueError.BadInflightRegion, VirtqueueError.InflightMismatch,
        ];
        IEnumerable<VirtqueueError> caused = MalformedRings.Split.Concat(MalformedRings.Packed).Select(ring => ring.Error).Distinct();
        Assert.Equal(Enum.GetValues<VirtqueueError>().Except(elsewhere).Order(), caused.Order());
    }

    public void Dispose() => _guest.Dispose();

    private void Stops(MalformedRing malformed, int good, bool intoArrays, int atOnce, ulong features, bool packed)
    {
        HostileRing ring = Ring(malformed, packed, features);
        ring.OfferGood(good);
        malformed.Offer(ring);
        byte[] before = ring.Guest.Snapshot();
        Virtqueue queue = ring.Start();
        var popper = new Popper(queue, intoArrays, atOnce);

        popper.TakeAll();
        Assert.Equal(
            Enumerable.Range(0, good).Select(i => (ring.Guest.Host(HostileMap.Buffers + (8UL * (ulong)i)), (nuint)8)),
            popper.Chains.Select(chain => (Assert.Single(chain).Address, chain[0].Length)));
        Assert.Equal((ulong)good, queue.Counters.Chains);
        AssertStopped(ring, queue, malformed, before);

        // What was popped may be given back, but the driver gets to see none of it.
        popper.CompleteAll();
        Assert.False(queue.Publish());
        Assert.True(ShowsNothing(ring));
    }

    private static void AssertStopped(HostileRing ring, Virtqueue queue, MalformedRing malformed, byte[] before)
    {
        Assert.Equal(malformed.Error, queue.Error);
        queue.AssertDoesNothing(malformed.Error);
        int segments = 0;
        Assert.Equal(0, queue.PopBatch(new DescriptorChain[4], new IoVector[16], ref segments, ChainDirection.Both));
        Assert.Equal(0, segments);
        Assert.True(ring.Guest.IsUnchangedSince(before), "guest memory was written");
    }

    private static bool ShowsNothing(HostileRing ring) => ring switch
    {
        HostileSplitRing split => split.UsedIndex == 0,
        HostilePackedRing packed => packed.Flags(0) != (HostilePackedRing.UsedAt(true) | (packed.Flags(0) & DescriptorFlags.Write)),
        _ => throw new InvalidOperationException(),
    };

    private HostileRing Ring(MalformedRing malformed, bool packed, ulong features)
    {
        _guest.Clear();
        features |= malformed.Features | (packed ? VirtioFeatures.RingPacked : 0);
        return HostileRing.Create(_guest, HostileMap.SetupAtEdges(Size, features));
    }

    private static MalformedRing Find(string name, bool packed) =>
        (packed ? MalformedRings.Packed : MalformedRings.Split).Single(ring => ring.Name == name);
}
