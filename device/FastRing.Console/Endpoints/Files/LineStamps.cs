using System.Globalization;
using FastRing.Interop;

namespace FastRing.Console.Endpoints.Files;

/// <summary>Puts the time in front of each line on its way into a file. The bytes are looked at in a private copy: a guest can't slip a line in without its time.</summary>
/// <param name="file">Where they go.</param>
/// <param name="time">What the time is.</param>
internal sealed class LineStamps(RotatingFile file, TimeProvider time)
{
    private const int PieceBytes = 4096;
    private const int StampBytes = 25; // 2026-01-31T23:59:59.999Z and a space
    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly byte[] _lines = new byte[PieceBytes * (StampBytes + 1)]; // A piece that is newlines only
    private readonly byte[] _stamp = new byte[StampBytes];
    private bool _isInLine;

    /// <summary>Appends as much as can be.</summary>
    /// <returns>Bytes taken, from the front, those of the times not counted; -errno when there were none.</returns>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        SetStamp();
        nint taken = 0;
        foreach (IoVector segment in segments)
        {
            for (nuint at = 0; at < segment.Length;)
            {
                nuint length = Math.Min(segment.Length - at, PieceBytes);
                segment.Slice(at, length).Span.CopyTo(_piece);
                nint error = file.Write(Stamped(_piece.AsSpan(0, (int)length)));
                if (error < 0)
                {
                    return taken > 0 ? taken : error;
                }

                at += length;
                taken += (nint)length;
            }
        }

        return taken;
    }

    private ReadOnlySpan<byte> Stamped(ReadOnlySpan<byte> piece)
    {
        int length = 0;
        while (!piece.IsEmpty)
        {
            if (!_isInLine)
            {
                _stamp.CopyTo(_lines.AsSpan(length));
                length += StampBytes;
            }

            int end = piece.IndexOf((byte)'\n');
            _isInLine = end < 0;
            ReadOnlySpan<byte> line = _isInLine ? piece : piece[..(end + 1)];
            line.CopyTo(_lines.AsSpan(length));
            length += line.Length;
            piece = piece[line.Length..];
        }

        return _lines.AsSpan(0, length);
    }

    private void SetStamp()
    {
        time.GetUtcNow().UtcDateTime.TryFormat(_stamp, out _, "yyyy-MM-dd'T'HH:mm:ss.fff'Z '", CultureInfo.InvariantCulture);
    }
}
