using FastRing.Interop;
using FastRing.Memory;
using Xunit;

namespace FastRing.Tests.Memory;

public sealed class DirtyLogTests
{
    private const ulong Page = DirtyLog.PageBytes;

    [Fact]
    public void The_bits_are_where_the_specification_has_them()
    {
        var random = new Random(1);
        for (int round = 0; round < 500; round++)
        {
            using OwnedFd file = MemFd.Create("log", 8192);
            using DirtyLog log = DirtyLog.Map(file, 4096, 100);
            using MappedRegion bytes = MappedRegion.Map(file, 0, 8192);
            ulong address = (ulong)random.NextInt64(0, 100 * 8 * (long)Page);
            ulong length = (ulong)random.NextInt64(1, 1 << random.Next(1, 22));
            log.Mark(new GuestAddress(address), length);

            var expected = new byte[8192];
            for (ulong page = address / Page; page <= (address + length - 1) / Page && page < 800; page++)
            {
                expected[4096 + (page / 8)] |= (byte)(1 << (int)(page % 8)); // vhost-user, "Migration"
            }

            Assert.Equal(expected, new IoVector(bytes.Address, 8192).Span.ToArray());
        }
    }

    [Theory]
    [InlineData(800 * Page, 1)]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MaxValue - 10, ulong.MaxValue)]
    [InlineData(0, 0)]
    public void What_has_no_bit_is_left_out(ulong address, ulong length)
    {
        using OwnedFd file = MemFd.Create("log", 4096);
        using DirtyLog log = DirtyLog.Map(file, 0, 100);
        log.Mark(new GuestAddress(address), length);
        for (ulong first = 0; first < 800; first += 32)
        {
            Assert.Equal(0U, log.Take(first));
        }

        Assert.False(log.Covers(new GuestAddress(address), length | 1) && address != 0);
        Assert.True(log.Covers(new GuestAddress(799 * Page), Page));
        Assert.False(log.Covers(new GuestAddress(799 * Page), Page + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Take(800));
    }

    [Fact]
    public void A_mark_taken_is_gone_and_the_others_stay()
    {
        using OwnedFd file = MemFd.Create("log", 4096);
        using DirtyLog log = DirtyLog.Map(file, 0, 4096);
        log.Mark(new GuestAddress(31 * Page), 3 * Page);
        Assert.Equal(1U << 31, log.Take(0));
        Assert.Equal((0U, 3U, 0U), (log.Take(0), log.Take(32), log.Take(32)));
    }

    [Fact]
    public void Bytes_are_marked_where_the_guest_has_them()
    {
        using OwnedFd memory = MemFd.Create("memory", 16 * Page);
        using OwnedFd file = MemFd.Create("log", 4096);
        using DirtyLog log = DirtyLog.Map(file, 0, 4096);
        using var map = new GuestMemory(
            GuestRegion.Map(memory, 0, 8 * Page, new GuestAddress(64 * Page), default), GuestRegion.Map(memory, 8 * Page, 8 * Page, new GuestAddress(100 * Page), new FrontendAddress(1 << 20)));
        log.Mark(map.Window(new GuestAddress((101 * Page) + 4095), 2), map);
        Assert.Equal((0U, 3U << 5), (log.Take(64), log.Take(96)));
        log.Mark(new IoVector(1234, 10), map);
        Assert.Equal(0U, log.Take(0));
    }

    [Fact]
    public async Task Nothing_is_lost_between_those_who_mark_and_the_one_who_takes()
    {
        using OwnedFd file = MemFd.Create("log", 4096);
        using DirtyLog log = DirtyLog.Map(file, 0, 4096);
        const int Rounds = 20_000;
        int[] values = new int[32]; // What was written to each page before it was marked.
        var seen = new int[32];
        using var done = new CancellationTokenSource();
        Task taker = Task.Run(
            () =>
            {
                bool last;
                do
                {
                    last = done.IsCancellationRequested;
                    for (uint marks = log.Take(0), page = 0; page < 32; page++)
                    {
                        seen[page] = (marks >> (int)page & 1) != 0 ? Volatile.Read(ref values[page]) : seen[page];
                    }
                }
                while (!last);
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(half => Task.Run(
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    int page = (i % 16 * 2) + half;
                    values[page] = i;
                    log.Mark(new GuestAddress((ulong)page * Page), 1);
                }
            },
            TestContext.Current.CancellationToken)));
        await done.CancelAsync();
        await taker;
        Assert.Equal(values, seen);
    }
}
