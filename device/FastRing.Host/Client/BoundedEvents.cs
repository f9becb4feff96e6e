namespace FastRing.Host.Client;

/// <summary>A stream of server-sent events none of which is endless: the parser keeps an event until its empty line.</summary>
internal sealed class BoundedEvents(Stream inner) : Stream
{
    public const int LargestEvent = 1 << 20;

    private int _eventBytes;
    private bool _lineIsEmpty = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        Count(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Count(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            _eventBytes = b == '\n' && _lineIsEmpty ? 0 : _eventBytes + 1;
            _lineIsEmpty = b is (byte)'\n' || (b is (byte)'\r' && _lineIsEmpty);
        }

        if (_eventBytes > LargestEvent)
        {
            throw new InvalidDataException($"an event is larger than {LargestEvent >> 20} MiB");
        }
    }
}
