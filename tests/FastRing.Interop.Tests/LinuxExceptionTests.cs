namespace FastRing.Interop.Tests;

public class LinuxExceptionTests
{
    [Fact]
    public void The_message_names_call_and_error()
    {
        LinuxException error = new("mmap", Errno.ENOMEM);
        Assert.Equal("mmap: Cannot allocate memory (errno 12)", error.Message);
        Assert.Equal(("mmap", 12), (error.Call, error.Errno));
    }

    [Fact]
    public void A_failing_call_reports_its_own_errno()
    {
        LinuxException error = Assert.Throws<LinuxException>(() => OwnedFd.OpenFile("/nowhere/at/all", append: false));
        Assert.Equal("open: No such file or directory (errno 2)", error.Message);
    }

    [Fact]
    public void A_name_with_a_zero_character_is_refused() =>
        Assert.Throws<ArgumentException>(() => OwnedFd.OpenFile("/etc/hostname\0.txt", append: false));
}
