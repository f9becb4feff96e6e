using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

/// <summary>A file that shrinks under a mapping costs the mapping, not the process.</summary>
public sealed class BusErrorTests
{
    private const int Bytes = 1 << 20;

    [Fact]
    public void A_touch_behind_the_new_end_reads_zeros_and_the_region_is_lost()
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        using MappedRegion region = MappedRegion.Map(file, 0, Bytes);
        using MappedRegion same = MappedRegion.Map(file, 0, Bytes);
        Span<byte> bytes = new IoVector(region.Address, Bytes).Span;
        bytes.Fill(1);
        ulong before = MappedRegion.Losses;

        Truncate(file, Bytes / 2);
        Assert.Equal(1, bytes[0]);
        Assert.False(region.IsLost);

        Assert.Equal(0, bytes[Bytes - 1]);
        Assert.True(region.IsLost);
        Assert.True(MappedRegion.Losses > before);
        Assert.False(same.IsLost); // Nobody has touched it.

        // All of it is ours now: what is written stays, and the file sees nothing of it.
        Assert.Equal(0, bytes[0]);
        bytes.Fill(2);
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)2));
        Assert.Equal(1, new IoVector(same.Address, 1).Span[0]);
    }

    [Theory]
    [InlineData("read by the runtime's own copy")]
    [InlineData("written by it")]
    [InlineData("read by libc")]
    [InlineData("written by libc")]
    public void Whoever_touches_it_goes_on(string how)
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        using MappedRegion region = MappedRegion.Map(file, 0, Bytes);
        Span<byte> bytes = new IoVector(region.Address, Bytes).Span;
        bytes.Fill(1);
        byte[] own = new byte[Bytes];
        own.AsSpan().Fill(3);
        Truncate(file, 8192);

        switch (how)
        {
            case "read by the runtime's own copy":
                bytes.CopyTo(own);
                Assert.Equal(0, own[^1]);
                break;
            case "written by it":
                own.CopyTo(bytes);
                Assert.Equal(3, bytes[^1]);
                break;
            case "read by libc":
                byte[] pinned = GC.AllocateArray<byte>(Bytes, pinned: true);
                Native.memcpy(Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), region.Address, Bytes);
                Assert.Equal(0, pinned[^1]);
                GC.KeepAlive(pinned);
                break;
            default:
                Native.memset(region.Address, 3, Bytes);
                Assert.Equal(3, bytes[^1]);
                break;
        }

        Assert.True(region.IsLost);
    }

    /// <summary>The first vector lies within what is left, the second begins there and ends behind it.</summary>
    [Theory]
    [InlineData(0, 5, 100_000, true)]
    [InlineData(0, 5, 100_000, false)]
    [InlineData(8192, 8187, 10, true)]
    [InlineData(8192, 8187, 10, false)]
    public void What_the_kernel_only_calls_a_bad_address_is_noticed_too(long left, int start, int length, bool writes)
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        using OwnedFd other = MemFd.Create("other", Bytes);
        using MappedRegion region = MappedRegion.Map(file, 0, Bytes);
        Truncate(file, left);
        IoVector[] vectors = [new(region.Address + start, (nuint)length)];

        // The kernel may do a part of it first.
        nint result = writes ? other.WriteVector(vectors) : other.ReadVector(vectors);
        if (result > 0)
        {
            vectors[0] = vectors[0].Slice((nuint)result);
            result = writes ? other.WriteVector(vectors) : other.ReadVector(vectors);
        }

        Assert.Equal(-Errno.EFAULT, result);
        Assert.True(region.IsLost);
    }

    /// <summary>Of such a vector the kernel does the first part: a read or write does not show it.</summary>
    [Fact]
    public void A_touch_reaches_the_last_page_of_a_vector_that_begins_within_the_one_before()
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        using MappedRegion region = MappedRegion.Map(file, 0, Bytes);
        Truncate(file, 8192);
        IoVector.Touch([new IoVector(region.Address + 8187, 10)]);
        Assert.True(region.IsLost);
    }

    [Fact]
    public async Task Many_threads_and_collections_at_the_same_time_find_zeros()
    {
        for (int round = 0; round < 50; round++)
        {
            using OwnedFd file = MemFd.Create("test", Bytes);
            using MappedRegion region = MappedRegion.Map(file, 0, Bytes);
            new IoVector(region.Address, Bytes).Span.Fill(1);
            Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                while (!region.IsLost)
                {
                    byte[] copy = new byte[Bytes];
                    new IoVector(region.Address, Bytes).Span.CopyTo(copy);
                    Assert.True(copy.All(b => b is 0 or 1));
                }
            }))];
            Truncate(file, (round % 200) * 4096);
            GC.Collect();
            await Task.WhenAll(readers);
        }
    }

    [Fact]
    public void Regions_come_and_go_more_often_than_there_are_places_for_them()
    {
        using OwnedFd file = MemFd.Create("test", Bytes);
        for (int i = 0; i < 40_000; i++)
        {
            using MappedRegion region = MappedRegion.Map(file, 0, 4096);
            Assert.False(region.IsLost);
        }

        using MappedRegion last = MappedRegion.Map(file, 0, 4096);
        Truncate(file, 0);
        Assert.Equal(0, new IoVector(last.Address, 1).Span[0]);
        Assert.True(last.IsLost);
    }

    [Fact]
    public void More_regions_than_there_are_places_for_are_refused_and_those_there_are_stay()
    {
        const int Places = 16384;
        using OwnedFd file = MemFd.Create("test", Bytes);
        var regions = new List<MappedRegion>();
        try
        {
            while (regions.Count <= Places)
            {
                regions.Add(MappedRegion.Map(file, 0, 4096));
            }

            Assert.Fail("there is no end of them");
        }
        catch (LinuxException e)
        {
            Assert.Equal(Errno.ENOMEM, e.Errno);
            Assert.InRange(regions.Count, Places - 100, Places);
            new IoVector(regions[0].Address, 1).Span[0] = 1;
            Assert.Equal(1, new IoVector(regions[^1].Address, 1).Span[0]);
        }
        finally
        {
            regions.ForEach(r => r.Dispose());
        }

        using MappedRegion again = MappedRegion.Map(file, 0, 4096);
    }

    private static void Truncate(OwnedFd file, long bytes)
    {
        using FileStream stream = File.OpenWrite($"/proc/self/fd/{file.Fd}");
        stream.SetLength(bytes);
    }
}
