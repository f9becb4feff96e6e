using System.Text;

namespace FastRing.Examples;

/// <summary>Lines of at most 256 bytes, in ASCII: <c>ID EVENT [USER]</c> from the host, <c>ID ok</c> or <c>ID error REASON</c> from the guest.</summary>
internal sealed class EventLines(Stream stream)
{
    private readonly byte[] _buffer = new byte[256];
    private int _count;

    /// <returns>The words of the next line; null at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">A line is too long, or has other characters than printable ASCII.</exception>
    public async Task<string[]?> ReadAsync(CancellationToken cancellation)
    {
        int end;
        while ((end = Array.IndexOf(_buffer, (byte)'\n', 0, _count)) < 0)
        {
            int room = _buffer.Length - _count;
            int got = room > 0 ? await stream.ReadAsync(_buffer.AsMemory(_count), cancellation) : throw new InvalidDataException("a line is too long");
            if (got == 0)
            {
                return null;
            }

            _count += got;
        }

        string line = Encoding.Latin1.GetString(_buffer, 0, end);
        _count -= end + 1;
        _buffer.AsSpan(end + 1, _count).CopyTo(_buffer);
        return line.All(c => c is >= ' ' and <= '~') ? line.Split(' ') : throw new InvalidDataException("a line is not printable ASCII");
    }

    public async Task WriteAsync(string line, CancellationToken cancellation) => await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellation);
}
