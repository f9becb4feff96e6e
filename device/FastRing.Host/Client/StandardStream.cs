using FastRing.Interop;

namespace FastRing.Host.Client;

/// <summary>
/// Standard input or output by read(2) and write(2) alone. System.Console's edits lines on a terminal, and hides that whoever read our output
/// left; a FileStream keeps a position of its own, which a file that several programs write to has not.
/// </summary>
internal sealed class StandardStream(int fd) : Stream
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly OwnedFd _fd = new(fd);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="LinuxException">read(2) failed.</exception>
    public override int Read(Span<byte> buffer)
    {
        nint read;
        while ((read = _fd.Read(buffer)) == -Errno.EAGAIN)
        {
            Thread.Sleep(Pause); // Another program made it non-blocking, for itself and for us.
        }

        return read >= 0 ? (int)read : throw new LinuxException("read", (int)-read);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="LinuxException">write(2) failed; EPIPE: nobody reads any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = _fd.Write(buffer);
            if (written == -Errno.EAGAIN)
            {
                Thread.Sleep(Pause);
                continue;
            }

            buffer = written >= 0 ? buffer[(int)written..] : throw new LinuxException("write", (int)-written);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
