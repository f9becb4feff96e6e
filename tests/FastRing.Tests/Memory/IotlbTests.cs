using FastRing.Memory;
using Xunit;

namespace FastRing.Tests.Memory;

public class IotlbTests
{
    private const ulong Page = 4096;
    private const nint HostBase = 0x1000_0000;
    private const ulong FrontendBase = 0x7f00_0000_0000;

    [Fact]
    public void It_agrees_with_a_map_of_pages_whatever_is_added_and_removed()
    {
        var random = new Random(7);
        var iotlb = new Iotlb();
        var model = new Dictionary<ulong, Known>();
        for (int step = 0; step < 20_000; step++)
        {
            ulong first = (ulong)random.Next(16);
            ulong pages = (ulong)random.Next(1, 4);
            IovaRange range = IovaRange.Of(first * Page, pages * Page);
            if (random.Next(3) == 0)
            {
                iotlb.Remove(range);
                Forget(model, range);
            }
            else
            {
                // Few places, so that the same is said twice now and then.
                int place = random.Next(2);
                var access = (IotlbAccess)random.Next(1, 4);
                var frontend = new FrontendAddress(FrontendBase + ((ulong)place << 26));
                nint host = HostBase + ((nint)place << 26);
                iotlb.Add(range, frontend, host, access);
                Add(model, range, frontend, host, access);
            }

            foreach ((ulong page, Known known) in model)
            {
                Assert.True(iotlb.TryFind((page * Page) + 5, out IotlbEntry entry));
                Assert.Equal((known.Host + 5, known.Access), (entry.HostOf((page * Page) + 5), entry.Access));
            }

            for (ulong page = 0; page < 24; page++)
            {
                Assert.Equal(model.ContainsKey(page), iotlb.TryFind(page * Page, out _));
            }
        }
    }

    [Fact]
    public void The_last_addresses_there_are_are_as_good_as_others()
    {
        var iotlb = new Iotlb();
        IovaRange last = IovaRange.Of(ulong.MaxValue - Page + 1, Page);
        iotlb.Add(last, new(FrontendBase), HostBase, IotlbAccess.Read);
        Assert.Equal(ulong.MaxValue, last.Last);
        Assert.True(iotlb.TryFind(ulong.MaxValue, out IotlbEntry entry));
        Assert.Equal((HostBase + 4095, 1UL), (entry.HostOf(ulong.MaxValue), entry.BytesFrom(ulong.MaxValue)));
        iotlb.Remove(IovaRange.Of(5, ulong.MaxValue));
        Assert.Equal(0, iotlb.Count);
    }

    [Fact]
    public void A_size_of_0_is_all_addresses_from_there_on()
    {
        Assert.Equal(IovaRange.All, IovaRange.Of(0, 0));
        Assert.Equal(new IovaRange(Page, ulong.MaxValue), IovaRange.Of(Page, 0));
    }

    [Fact]
    public void One_more_than_there_is_room_for_takes_the_place_of_one_other()
    {
        var iotlb = new Iotlb();
        for (ulong i = 0; i < 3 * Iotlb.MaxEntries; i++)
        {
            iotlb.Add(IovaRange.Of(i * Page, Page), new(FrontendBase), HostBase, IotlbAccess.Read);
            Assert.True(iotlb.TryFind(i * Page, out _));
        }

        Assert.Equal(Iotlb.MaxEntries, iotlb.Count);
        int known = 0;
        for (ulong i = 0; i < 3 * Iotlb.MaxEntries; i++)
        {
            known += iotlb.TryFind(i * Page, out _) ? 1 : 0;
        }

        Assert.Equal(Iotlb.MaxEntries, known);
    }

    [Fact]
    public void What_is_said_of_the_same_place_twice_adds_up_and_of_another_place_does_not()
    {
        var iotlb = new Iotlb();
        IovaRange range = IovaRange.Of(0, Page);
        iotlb.Add(range, new(FrontendBase), HostBase, IotlbAccess.Read);
        iotlb.Add(range, new(FrontendBase), HostBase, IotlbAccess.Write);
        Assert.True(iotlb.TryFind(0, out IotlbEntry both));
        Assert.Equal(IotlbAccess.ReadWrite, both.Access);

        iotlb.Add(range, new(FrontendBase + Page), HostBase + 4096, IotlbAccess.Read);
        Assert.True(iotlb.TryFind(0, out IotlbEntry moved));
        Assert.Equal((HostBase + 4096, IotlbAccess.Read, 1), (moved.Host, moved.Access, iotlb.Count));
    }

    /// <summary>What must be known of a page, and which entry it is part of.</summary>
    private readonly record struct Known(nint Host, IotlbAccess Access, IovaRange Range, FrontendAddress Frontend);

    private static void Add(Dictionary<ulong, Known> model, IovaRange range, FrontendAddress frontend, nint host, IotlbAccess access)
    {
        IotlbAccess before = model.TryGetValue(range.First / Page, out Known known) && known.Range == range && known.Frontend == frontend ? known.Access : IotlbAccess.None;
        Forget(model, range);
        for (ulong page = range.First / Page; page <= range.Last / Page; page++)
        {
            model[page] = new(host + (nint)((page * Page) - range.First), access | before, range, frontend);
        }
    }

    /// <summary>A whole entry goes with any of its pages.</summary>
    private static void Forget(Dictionary<ulong, Known> model, IovaRange range)
    {
        foreach ((ulong page, Known known) in model.ToArray())
        {
            if (known.Range.Overlaps(range))
            {
                model.Remove(page);
            }
        }
    }
}
