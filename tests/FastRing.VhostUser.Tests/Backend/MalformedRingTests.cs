using FastRing.DriverKit;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.VhostUser.Tests.Backend;

/// <summary>The whole list of malformed rings over a real connection: the queue's error descriptor is signalled, once, and nobody else suffers.</summary>
public class MalformedRingTests
{
    private const ushort Size = 128;

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
    public void A_malformed_ring_is_reported_on_its_error_descriptor_and_the_others_go_on(string name, bool packed)
    {
        MalformedRing malformed = (packed ? MalformedRings.Packed : MalformedRings.Split).Single(ring => ring.Name == name);
        ulong features = VirtioFeatures.Version1 | malformed.Features | (packed ? VirtioFeatures.RingPacked : 0);
        var device = new EchoDevice { Features = features };
        using TestGuest guest = HostileMap.Create(Size);
        using var served = new ServedDevice(device);
        using FrontendSession session = served.OpenSession(features);
        Assert.Equal(features, session.Features);
        session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
        using var bad = new Channel(session, 0, HostileRing.Create(guest, HostileMap.SetupAtEdges(Size, features)));
        using var good = new Channel(session, 1, HostileRing.Create(guest, RingSetup.At(new(HostileMap.RingAt), Size, features)));
        good.EchoOne();

        uint chains = malformed.IsOfWholeRing ? 0u : 3;
        bad.Ring.OfferGood((int)chains);
        malformed.Offer(bad.Ring);
        byte[] before = Buffers(guest);
        bad.Connected.SetUp();
        ProcessState.Await(() => bad.Connected.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(malformed.Error, device.LastBroken);
        Assert.True(before.AsSpan().SequenceEqual(Buffers(guest)), "a buffer was written");

        for (int i = 0; i < 5; i++)
        {
            bad.Connected.Kick.Signal();
            good.EchoOne();
        }

        Assert.Equal(1UL, served.Backend.Counters.BrokenQueues);
        Assert.Equal(0, bad.Connected.Error.Drain());
        Assert.False(bad.HasUsed(1));
        Assert.Equal(bad.Ring.Setup.Base, bad.Connected.Stop()); // What was completed beside a bad chain is not shown, and so stays available.
        Assert.Empty(served.Faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_ring_that_was_malformed_works_when_it_is_written_anew(bool packed)
    {
        foreach (MalformedRing malformed in packed ? MalformedRings.Packed : MalformedRings.Split)
        {
            ulong features = VirtioFeatures.Version1 | malformed.Features | (packed ? VirtioFeatures.RingPacked : 0);
            using TestGuest guest = HostileMap.Create(Size);
            using var served = new ServedDevice(new EchoDevice { Features = features });
            using FrontendSession session = served.OpenSession(features);
            session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
            using var bad = new Channel(session, 0, HostileRing.Create(guest, HostileMap.SetupAtEdges(Size, features)));
            malformed.Offer(bad.Ring);
            bad.Connected.SetUp();
            ProcessState.Await(() => bad.Connected.Error.Drain() == 1, $"the error descriptor of {malformed}");
            bad.Connected.Stop();

            guest.Clear();
            using var again = new Channel(session, 0, HostileRing.Create(guest, bad.Ring.Setup));
            again.EchoOne();
            again.EchoOne();
        }
    }

    /// <summary>What no ring is malformed enough for by itself: it takes a device that has not given its buffers back yet.</summary>
    [Fact]
    public void Descriptors_made_available_again_before_they_came_back_are_reported_on_the_error_descriptor()
    {
        const ushort Few = 8;
        ulong features = VirtioFeatures.Version1 | VirtioFeatures.RingPacked;
        var device = new EchoDevice { Features = features };
        using TestGuest guest = HostileMap.Create(Few);
        using var served = new ServedDevice(device);
        using FrontendSession session = served.OpenSession(features);
        session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
        using var bad = new Channel(session, 0, HostileRing.Create(guest, HostileMap.SetupAtEdges(Few, features)));
        using var good = new Channel(session, 1, HostileRing.Create(guest, RingSetup.At(new(HostileMap.RingAt), Size, features)));
        served.Run(() => device.HoldsBack = true);
        bad.Ring.OfferGood(Few);
        bad.Connected.SetUp();
        ProcessState.Await(() => Chains(served, device) == Few, "all of the ring");

        bad.Ring.OfferGood(1);
        bad.Connected.Kick.Signal();

        ProcessState.Await(() => bad.Connected.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(VirtqueueError.RingOverrun, device.LastBroken);
        Assert.Equal(1UL, served.Backend.Counters.BrokenQueues);
        served.Run(() => device.HoldsBack = false);
        good.EchoOne();
        Assert.False(bad.HasUsed(1));
        Assert.Empty(served.Faults);
    }

    /// <summary>The longest ring of buffers that each lie in three regions: more pieces than a device keeps of a chain.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chain_of_too_many_pieces_is_reported_on_the_error_descriptor(bool packed)
    {
        const ushort Longest = 32768;
        const int Buffers = (65536 / 3) + 1;
        const ulong Narrow = 0x20_0000;
        ulong features = VirtioFeatures.Version1 | (packed ? VirtioFeatures.RingPacked : 0);
        var device = new EchoDevice { Features = features };
        ulong page = (ulong)Environment.SystemPageSize;
        using TestGuest guest = new((0, Narrow), (Narrow, page), (Narrow + page, 0x1_0000));
        using var served = new ServedDevice(device);
        using FrontendSession session = served.OpenSession(features);
        session.Frontend.SetMemTable([.. guest.Table], [.. guest.Files]);
        using var bad = new Channel(session, 0, HostileRing.Create(guest, RingSetup.At(new(0x10_0000), Longest, features)));
        using var good = new Channel(session, 1, HostileRing.Create(guest, RingSetup.At(new(HostileMap.RingAt), Size, features)));
        bad.Ring.OfferChain([.. Enumerable.Repeat(new HostileBuffer(Narrow - 4, (uint)page + 8), Buffers)]);

        bad.Connected.SetUp();

        ProcessState.Await(() => bad.Connected.Error.Drain() == 1, "the error descriptor");
        Assert.Equal(VirtqueueError.TooManySegments, device.LastBroken);
        Assert.Equal(1UL, served.Backend.Counters.BrokenQueues);
        good.EchoOne();
        Assert.Empty(served.Faults);
    }

    private static ulong Chains(ServedDevice served, EchoDevice device)
    {
        ulong chains = 0;
        served.Run(() => chains = device.Queue(0).Counters.Chains);
        return chains;
    }

    private static byte[] Buffers(TestGuest guest) => [
        .. guest.Span(HostileMap.Buffers, (int)(HostileMap.Border - HostileMap.Buffers)),
        .. guest.Span(HostileMap.Border, (int)(HostileMap.Hole - HostileMap.Border)),
        .. guest.Span(HostileMap.Top, 0x1_0000),
    ];

    /// <summary>A ring and its way to the device.</summary>
    private sealed class Channel(FrontendSession session, int index, HostileRing ring) : IDisposable
    {
        private const ulong Question = 0x4_0000;
        private const ulong Answer = Question + 64;
        private int _echoed;

        public HostileRing Ring => ring;

        public ConnectedRing Connected { get; } = new(session.Frontend, index, ring.Setup, TestGuest.ToFrontend);

        /// <summary>Sends a number through the queue and has it back.</summary>
        public void EchoOne()
        {
            ring.Guest.Write32(Question, (uint)++_echoed);
            ring.Guest.Write32(Answer, 0);
            ring.OfferChain(new HostileBuffer(Question, 4), new HostileBuffer(Answer, 4, DescriptorFlags.Write));
            if (_echoed == 1)
            {
                Connected.SetUp();
            }

            Connected.Kick.Signal();
            ProcessState.Await(() => HasUsed(_echoed), "a used buffer");
            Assert.Equal((uint)_echoed, ring.Guest.Read32(Answer));
        }

        /// <summary>Whether the chain of that number, of two descriptors like all before it, came back.</summary>
        public bool HasUsed(int number) => ring switch
        {
            HostileSplitRing split => split.UsedIndex == number,
            HostilePackedRing packed => packed.Flags(2 * (number - 1)) == (HostilePackedRing.UsedAt(true) | DescriptorFlags.Write),
            _ => throw new InvalidOperationException(),
        };

        public void Dispose() => Connected.Dispose();
    }
}
