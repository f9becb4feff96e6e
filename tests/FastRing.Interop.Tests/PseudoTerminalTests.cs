namespace FastRing.Interop.Tests;

public sealed class PseudoTerminalTests
{
    [Fact]
    public void It_is_open_while_somebody_has_the_slave_open()
    {
        using var terminal = new PseudoTerminal();
        Assert.False(terminal.IsOpen);
        for (int i = 0; i < 2; i++)
        {
            using (OwnedFd slave = OwnedFd.OpenFile(terminal.SlavePath, append: true))
            {
                Assert.True(terminal.IsOpen);
                Assert.Equal(-Errno.EAGAIN, terminal.Fd.Read(new byte[1]));
            }

            Assert.False(terminal.IsOpen);
            Assert.Equal(-Errno.EIO, terminal.Fd.Read(new byte[1]));
        }
    }

    [Fact]
    public void Bytes_pass_as_they_are_and_without_an_echo()
    {
        using var terminal = new PseudoTerminal();
        using OwnedFd output = OwnedFd.OpenFile(terminal.SlavePath, append: true);
        using OwnedFd input = OwnedFd.OpenFile(terminal.SlavePath, append: false);
        byte[] odd = [3, 10, 13, 4, 255];
        Assert.Equal(5, terminal.Fd.Write(odd));
        byte[] bytes = new byte[9];
        Assert.Equal(5, input.Read(bytes));
        Assert.Equal(odd, bytes[..5]);
        Assert.Equal(5, output.Write(odd));
        Assert.True(SpinWait.SpinUntil(() => terminal.Fd.Poll(EpollEvents.In) != EpollEvents.None, TimeSpan.FromSeconds(20)));
        Assert.Equal(5, terminal.Fd.Read(bytes));
        Assert.Equal(-Errno.EAGAIN, terminal.Fd.Read(bytes));
    }

    [Fact]
    public void Renewed_it_has_no_size_and_nothing_unread()
    {
        using var terminal = new PseudoTerminal();
        Assert.Null(terminal.Size);
        OwnedFd.OpenFile(terminal.SlavePath, append: true).Dispose();
        using OwnedFd input = OwnedFd.OpenFile(terminal.SlavePath, append: false);
        input.SetNonBlocking();
        Assert.Equal(3, terminal.Fd.Write([1, 2, 3]));
        Assert.True(SpinWait.SpinUntil(() => input.Poll(EpollEvents.In) != EpollEvents.None, TimeSpan.FromSeconds(20)));
        terminal.Renew();
        Assert.Equal(-Errno.EAGAIN, input.Read(new byte[1]));
    }
}
