namespace FastRing.Interop.Tests;

public class MemFdTests
{
    [Fact]
    public void Seals_add_up_and_hold()
    {
        using OwnedFd file = MemFd.Create("sealed", 4096);
        Assert.Equal(FileSeals.None, MemFd.GetSeals(file));
        MemFd.AddSeals(file, FileSeals.Shrink);
        MemFd.AddSeals(file, FileSeals.Grow | FileSeals.Seal);
        Assert.Equal(FileSeals.Shrink | FileSeals.Grow | FileSeals.Seal, MemFd.GetSeals(file));
        Assert.Equal(-1, Native.ftruncate(file.Fd, 0));
        Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => MemFd.AddSeals(file, FileSeals.Write)).Errno);
    }

    [Fact]
    public void A_file_made_without_sealing_refuses_seals()
    {
        using OwnedFd file = MemFd.Create("unsealable", 4096, allowSealing: false);
        Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => MemFd.AddSeals(file, FileSeals.Shrink)).Errno);
    }

    [Fact]
    public void Only_files_in_memory_have_seals()
    {
        using EventFd eventFd = EventFd.Create();
        Assert.Equal(Errno.EINVAL, Assert.Throws<LinuxException>(() => MemFd.GetSeals(eventFd.Fd)).Errno);
    }

    [Fact]
    public void The_file_has_the_size_asked_for_and_is_not_inherited()
    {
        using OwnedFd file = MemFd.Create("sized", 12345);
        Assert.Equal(12345ul, file.FileSize());
        Assert.True(OpenFiles.IsCloseOnExec(file));
    }

    [Fact]
    public void A_size_no_file_can_have_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MemFd.Create("impossible", 1ul << 63));

    [Fact]
    public void A_file_of_huge_pages_has_a_whole_number_of_them()
    {
        using OwnedFd file = MemFd.Create("huge", 2 * MemFd.HugePageBytes, hugePages: true);
        Assert.Equal(2 * MemFd.HugePageBytes, file.FileSize());
        Assert.Equal((uint)MemFd.HugePageBytes, Libc.Status(file).BlockSize);
        Assert.Throws<ArgumentException>(() => MemFd.Create("huge", MemFd.HugePageBytes + 4096, hugePages: true));
    }
}
