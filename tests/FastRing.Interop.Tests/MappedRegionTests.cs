using System.Globalization;

namespace FastRing.Interop.Tests;

public class MappedRegionTests
{
    private static readonly ulong Page = (ulong)Environment.SystemPageSize;

    [Fact]
    public void Two_mappings_of_a_file_share_its_memory()
    {
        using OwnedFd file = MemFd.Create("shared", 4 * Page);
        using MappedRegion whole = MappedRegion.Map(file, 0, 4 * Page);
        using MappedRegion part = MappedRegion.Map(file, 2 * Page, Page + 1);
        file.Dispose();
        Bytes(whole, 2 * Page, 5)[0] = 42;
        Assert.Equal(42, Bytes(part, 0, 5)[0]);
        Assert.Equal(Page + 1, part.SizeBytes);
    }

    [Fact]
    public void Released_pages_are_no_longer_resident_and_keep_their_content()
    {
        const int Size = 8 << 20;
        using OwnedFd file = MemFd.Create("resident", Size);
        using MappedRegion region = MappedRegion.Map(file, 0, Size);
        Bytes(region, 0, Size).Fill(42);
        long full = SharedResidentKiB();

        region.ReleaseResident();

        // Half: tests that run at the same time map and touch pages of their own.
        Assert.InRange(full - SharedResidentKiB(), Size / 2048, long.MaxValue);
        Assert.Equal(-1, Bytes(region, 0, Size).IndexOfAnyExcept((byte)42));
    }

    [Fact]
    public void A_file_shorter_than_asked_is_refused()
    {
        using OwnedFd file = MemFd.Create("short", 2 * Page);
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 0, (2 * Page) + 1));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, Page, Page + 1));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 2 * Page, 1));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 3 * Page, 1));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 0, 1ul << 46));
    }

    [Fact]
    public void An_unaligned_offset_is_refused()
    {
        using OwnedFd file = MemFd.Create("unaligned", 2 * Page);
        Assert.Throws<ArgumentException>("fileOffset", () => MappedRegion.Map(file, 1, 1));
        Assert.Throws<ArgumentException>("fileOffset", () => MappedRegion.Map(file, Page / 2, 1));
    }

    [Fact]
    public void An_offset_and_size_that_wrap_are_refused()
    {
        using OwnedFd file = MemFd.Create("wrap", 2 * Page);
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, Page, 0 - Page));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 0 - Page, Page));
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 0, ulong.MaxValue));
    }

    [Fact]
    public void A_size_of_zero_is_refused()
    {
        using OwnedFd file = MemFd.Create("empty", Page);
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(file, 0, 0));
    }

    [Fact]
    public void What_is_not_a_file_of_memory_is_refused()
    {
        using EventFd eventFd = EventFd.Create();
        Assert.Throws<ArgumentException>("sizeBytes", () => MappedRegion.Map(eventFd.Fd, 0, Page));
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["file"], new byte[10]);
        using OwnedFd readOnly = OwnedFd.OpenFile(folder["file"], append: false);
        Assert.Equal(Errno.EACCES, Assert.Throws<LinuxException>(() => MappedRegion.Map(readOnly, 0, 10)).Errno);
        Assert.DoesNotContain(Mappings(), mapping => mapping.Line.Contains(folder["file"], StringComparison.Ordinal));
    }

    [Fact]
    public void Guard_pages_stand_on_both_sides()
    {
        using OwnedFd file = MemFd.Create("guarded", 8 * Page);
        using MappedRegion region = MappedRegion.Map(file, 0, 8 * Page);
        ulong start = (ulong)region.Address;
        ulong end = start + region.SizeBytes;
        Assert.Contains(Mappings(), mapping => mapping.Start == start && mapping.End == end && mapping.Access == "rw-s");
        Assert.Contains(Mappings(), mapping => mapping.Start <= start - Page && mapping.End == start && mapping.Access == "---p");
        Assert.Contains(Mappings(), mapping => mapping.Start == end && mapping.End >= end + Page && mapping.Access == "---p");
    }

    [Fact]
    public void Disposal_gives_the_guards_back_too()
    {
        using OwnedFd file = MemFd.Create("returned", 8 * Page);
        MappedRegion region = MappedRegion.Map(file, 0, 8 * Page);
        ulong start = (ulong)region.Address - Page;
        ulong end = start + region.SizeBytes + (2 * Page);
        region.Dispose();
        Assert.DoesNotContain(Mappings(), mapping => mapping.Start < end && mapping.End > start && mapping.Access != "rw-p");
        Assert.DoesNotContain(Mappings(), mapping => mapping.Line.Contains("memfd:returned", StringComparison.Ordinal));
    }

    [Fact]
    public void A_failed_mapping_leaves_no_reservation_behind()
    {
        const ulong GiB = 1ul << 30;
        using TemporaryFolder folder = new();
        using (FileStream sparse = File.Create(folder["sparse"]))
        {
            sparse.SetLength((long)GiB);
        }

        using OwnedFd readOnly = OwnedFd.OpenFile(folder["sparse"], append: false);
        ulong before = Reserved();
        for (int i = 0; i < 10; i++)
        {
            Assert.Throws<LinuxException>(() => MappedRegion.Map(readOnly, 0, GiB));
        }

        Assert.True(Reserved() < before + GiB, "Reservations of failed mappings were not released.");
    }

    [Fact]
    public void Mapped_memory_stays_out_of_core_dumps()
    {
        using OwnedFd file = MemFd.Create("secret", 8 * Page);
        using MappedRegion region = MappedRegion.Map(file, 0, 8 * Page);
        string flags = File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !line.StartsWith($"{region.Address:x}-", StringComparison.Ordinal))
            .First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal));
        Assert.Contains(" dd", flags, StringComparison.Ordinal);
    }

    [Fact]
    public void A_region_beyond_four_gibibytes_is_reachable()
    {
        const ulong FiveGiB = 5ul << 30;
        using OwnedFd file = MemFd.Create("large", 6ul << 30);
        using MappedRegion region = MappedRegion.Map(file, 0, 6ul << 30);
        using MappedRegion window = MappedRegion.Map(file, FiveGiB, Page);
        Bytes(region, FiveGiB + 7, 1)[0] = 99;
        Assert.Equal(99, Bytes(window, 7, 1)[0]);
        Assert.Equal(0, Bytes(region, 1ul << 30, 8)[7]); // where 5 GiB lands when it is cut to 32 bits
        Assert.Equal(6ul << 30, region.SizeBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pages_are_there_before_they_are_touched_where_that_was_asked_for(bool prefault)
    {
        using OwnedFd file = MemFd.Create("prefault", 64 * Page);
        using MappedRegion region = MappedRegion.Map(file, 0, 63 * Page, prefault);
        string resident = File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !line.StartsWith($"{region.Address:x}-", StringComparison.Ordinal))
            .First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        Assert.Equal(prefault ? 63UL * Page / 1024 : 0, ulong.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_file_of_huge_pages_is_mapped_on_a_huge_page_boundary()
    {
        string line = File.ReadLines("/proc/meminfo").Single(text => text.StartsWith("Hugepagesize:", StringComparison.Ordinal));
        ulong hugePage = ulong.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
        using OwnedFd file = new(Native.memfd_create("huge\0"u8.ToArray(), Native.MfdHugeTlb));
        Assert.Equal(0, Native.ftruncate(file.Fd, (long)(4 * hugePage)));
        using MappedRegion region = MappedRegion.Map(file, hugePage, hugePage + Page);
        ulong start = (ulong)region.Address;
        Assert.Equal(0ul, start % hugePage);
        Assert.Contains(Mappings(), mapping => mapping.Start == start && mapping.End == start + (2 * hugePage));
        Assert.Contains(Mappings(), mapping => mapping.End == start && mapping.Access == "---p");
        Assert.Contains(Mappings(), mapping => mapping.Start == start + (2 * hugePage) && mapping.Access == "---p");
    }

    private static Span<byte> Bytes(MappedRegion region, ulong offset, nuint length) =>
        new IoVector(region.Address, (nuint)region.SizeBytes).Slice((nuint)offset, length).Span;

    private static ulong Reserved() =>
        Mappings().Where(mapping => mapping.Access == "---p").Aggregate(0ul, (sum, mapping) => sum + mapping.End - mapping.Start);

    private static List<(ulong Start, ulong End, string Access, string Line)> Mappings() =>
    [
        .. File.ReadAllLines("/proc/self/maps").Select(line =>
        {
            string[] fields = line.Split(' ', '-');
            return (Hex(fields[0]), Hex(fields[1]), line.Split(' ')[1], line);
        }),
    ];

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static long SharedResidentKiB() => long.Parse(
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("RssShmem:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
