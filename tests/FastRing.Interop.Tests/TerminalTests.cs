using System.Runtime.InteropServices;
using System.Text;

namespace FastRing.Interop.Tests;

public sealed class TerminalTests : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const nuint SetWindowSize = 0x5414; // TIOCSWINSZ

    private readonly OwnedFd _master;
    private readonly OwnedFd _terminal;

    public TerminalTests()
    {
        _master = new OwnedFd(posix_openpt(ReadWrite | NoControllingTerminal));
        Assert.Equal(0, grantpt(_master.Fd));
        Assert.Equal(0, unlockpt(_master.Fd));
        byte[] name = new byte[64];
        Assert.Equal(0, ptsname_r(_master.Fd, name, (nuint)name.Length));
        Path = Encoding.ASCII.GetString(name).TrimEnd('\0');
        _terminal = Terminal.Open(Path);
    }

    private string Path { get; }

    public void Dispose()
    {
        _terminal.Dispose();
        _master.Dispose();
    }

    [Fact]
    public void A_raw_terminal_passes_every_byte_as_it_is_and_echoes_none_until_it_is_as_it_was_found()
    {
        byte[] before = Mode();
        using (new TerminalMode(_terminal.Fd))
        {
            Assert.Equal("\u0003\r", Type("\u0003\r"));
            Assert.Equal("a\nb", Show("a\nb"));
        }

        Assert.Equal(before, Mode());
    }

    [Fact]
    public void One_that_keeps_lines_echoes_and_turns_Enter_into_a_newline()
    {
        byte[] before = Mode();
        using (new TerminalMode(_terminal.Fd, keepsLines: true))
        {
            Assert.Equal("\u0003", Type("\u0003"));
            Assert.Equal("x\n", Type("x\r"));
            Assert.Equal("^Cx\r\na\r\nb", Show("a\nb"));
        }

        Assert.Equal(before, Mode());
    }

    [Fact]
    public void It_is_raw_again_after_somebody_changed_it_but_not_once_it_was_given_back()
    {
        byte[] before = Mode();
        var mode = new TerminalMode(_terminal.Fd);
        byte[] raw = Mode();
        Assert.NotEqual(before, raw);
        Assert.Equal(0, tcsetattr(_terminal.Fd, 0, before));
        mode.Renew();
        Assert.Equal(raw, Mode());
        mode.Dispose();
        mode.Renew();
        mode.Dispose();
        Assert.Equal(before, Mode());
    }

    [Fact]
    public void A_terminal_that_is_gone_is_left_alone()
    {
        var mode = new TerminalMode(_terminal.Fd);
        _master.Dispose();
        mode.Renew();
        mode.Dispose();
    }

    [Fact]
    public void The_window_has_a_size_when_somebody_said_so()
    {
        Assert.Null(Terminal.Size(_terminal.Fd));
        Assert.Equal(0, ioctl(_master.Fd, SetWindowSize, [30, 100, 0, 0]));
        Assert.Equal(((ushort)100, (ushort)30), Terminal.Size(_terminal.Fd)!.Value);
    }

    [Fact]
    public void What_is_no_terminal_is_refused()
    {
        using OwnedFd file = OwnedFd.OpenFile("/dev/null", append: false);
        Assert.False(Terminal.IsTerminal(file.Fd));
        Assert.True(Terminal.IsTerminal(_terminal.Fd));
        Assert.Null(Terminal.Size(file.Fd));
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => new TerminalMode(file.Fd)).Errno);
        Assert.Equal(Errno.ENOTTY, Assert.Throws<LinuxException>(() => Terminal.Open("/dev/null")).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => Terminal.Open("/dev/pts/none")).Errno);
    }

    /// <summary>What a program on the terminal reads of what is typed.</summary>
    private string Type(string keys)
    {
        Assert.Equal(keys.Length, _master.Write(Encoding.ASCII.GetBytes(keys)));
        byte[] bytes = new byte[100];
        return Encoding.ASCII.GetString(bytes, 0, (int)_terminal.Read(bytes));
    }

    /// <summary>What is to be seen of what a program writes, up to the text's last character.</summary>
    private string Show(string text)
    {
        Assert.Equal(text.Length, _terminal.Write(Encoding.ASCII.GetBytes(text)));
        byte[] bytes = new byte[100];
        string seen = "";
        while (!seen.EndsWith(text[^1]))
        {
            seen += Encoding.ASCII.GetString(bytes, 0, (int)_master.Read(bytes));
        }

        return seen;
    }

    private byte[] Mode()
    {
        byte[] mode = new byte[60];
        Assert.Equal(0, tcgetattr(_terminal.Fd, mode));
        return mode;
    }

    [DllImport("libc.so.6")]
    private static extern int posix_openpt(int flags);

    [DllImport("libc.so.6")]
    private static extern int grantpt(int fd);

    [DllImport("libc.so.6")]
    private static extern int unlockpt(int fd);

    [DllImport("libc.so.6")]
    private static extern int ptsname_r(int fd, byte[] name, nuint length);

    [DllImport("libc.so.6")]
    private static extern int tcgetattr(int fd, byte[] mode);

    [DllImport("libc.so.6")]
    private static extern int tcsetattr(int fd, int when, byte[] mode);

    [DllImport("libc.so.6")]
    private static extern int ioctl(int fd, nuint request, ushort[] size);
}
