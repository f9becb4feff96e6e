using System.Runtime.InteropServices;
using FastRing.Interop;

namespace FastRing.Console.Tests.Support;

/// <summary>A program that has a terminal open.</summary>
internal sealed class TerminalProgram : IDisposable
{
    private const nuint SetSize = 0x5414; // TIOCSWINSZ
    private readonly OwnedFd _input;
    private readonly OwnedFd _output;

    public TerminalProgram(string path)
    {
        _input = OwnedFd.OpenFile(path, append: false);
        _output = OwnedFd.OpenFile(path, append: true);
        _input.SetNonBlocking();
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        byte[] rest = bytes.ToArray();
        Eventually.Is(
            () =>
            {
                rest = rest[(int)Math.Max(_output.Write(rest), 0)..];
                return rest.Length == 0;
            },
            "the terminal takes everything");
    }

    public byte[] Receive(int count)
    {
        var bytes = new byte[count];
        int read = 0;
        Eventually.Is(
            () =>
            {
                read += (int)Math.Max(_input.Read(bytes.AsSpan(read)), 0);
                return read == count;
            },
            $"{count} bytes from the terminal");
        return bytes;
    }

    /// <summary>-EAGAIN: there is nothing; -EIO, or 0: it was hung up.</summary>
    public nint TryRead(Span<byte> bytes) => _input.Read(bytes);

    public void Resize(ushort columns, ushort rows)
    {
        ushort[] size = [rows, columns, 0, 0];
        Assert.Equal(0, ioctl(_output.Fd, SetSize, size));
    }

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }

    [DllImport("libc.so.6")]
    private static extern int ioctl(int fd, nuint request, ushort[] size);
}
