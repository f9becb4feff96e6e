namespace FastRing.Interop.Tests;

public class ChildProcessTests
{
    private static readonly Dictionary<string, string> s_environment = new() { ["WORD"] = "hello" };

    [Fact]
    public void A_child_has_its_arguments_its_environment_and_the_descriptor_it_was_given()
    {
        (OwnedFd mine, OwnedFd its) = UnixSocket.Pair();
        using (mine)
        {
            using ChildProcess child = ChildProcess.Start("/bin/bash", ["bash", "-c", $"echo $WORD $0 >&{its.Fd}; exit 7", "there"], s_environment, its);
            its.Dispose();
            byte[] said = new byte[100];
            Assert.Equal("hello there\n", System.Text.Encoding.ASCII.GetString(said, 0, (int)mine.Read(said)));
            Assert.Equal(0, mine.Read(said)); // It has closed it, and nobody else has it.
            Assert.Equal(7, Wait(child));
        }
    }

    [Fact]
    public void What_it_was_not_given_it_does_not_have()
    {
        (OwnedFd mine, OwnedFd its) = UnixSocket.Pair();
        using (mine)
        using (its)
        {
            using ChildProcess child = ChildProcess.Start("/bin/sh", ["sh", "-c", $"[ ! -e /proc/self/fd/{its.Fd} ]"], s_environment);
            Assert.Equal(0, Wait(child));
        }
    }

    [Fact]
    public void A_signal_ends_it_and_is_told()
    {
        using ChildProcess child = ChildProcess.Start("/bin/sleep", ["sleep", "100"], s_environment);
        Assert.Null(child.TryReap());
        child.Signal(ChildProcess.Kill);
        Assert.Equal(128 + 9, Wait(child));
        child.Signal(ChildProcess.Kill); // Its number may be another's by now.
        Assert.Equal(128 + 9, child.TryReap());
    }

    [Theory]
    [InlineData("/does/not/exist", Errno.ENOENT)]
    [InlineData("/etc/passwd", Errno.EACCES)]
    public void What_can_not_be_run_is_an_error(string path, int errno) =>
        Assert.Equal(errno, Assert.Throws<LinuxException>(() => ChildProcess.Start(path, ["x"], s_environment)).Errno);

    private static int Wait(ChildProcess child)
    {
        using var epoll = new Epoll();
        epoll.Add(child.Fd, EpollEvents.In, 0);
        Span<EpollReady> ready = stackalloc EpollReady[1];
        Assert.Equal(1, epoll.WaitThrough(ready, 10_000));
        return child.TryReap()!.Value;
    }
}
