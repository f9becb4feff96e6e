using FastRing.Interop;

namespace FastRing.Console.Endpoints.Files;

/// <summary>
/// A file that is appended to. With a limit it never grows beyond that: PATH becomes PATH.1, PATH.1 becomes PATH.2 and so on, and the oldest goes.
/// </summary>
internal sealed class RotatingFile : IDisposable
{
    private readonly long _limit;
    private readonly string[] _names; // PATH, PATH.1, ..., the oldest
    private OwnedFd _file;
    private long _size;

    /// <summary>Opens the file, made with mode 0600 where it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">Bytes of it at the most; null: as many as the disk has.</param>
    /// <param name="keep">How many older ones are kept.</param>
    /// <exception cref="LinuxException">It can't be opened for writing.</exception>
    /// <exception cref="ArgumentException">It is something that one can't write to without waiting, or that can't be renamed.</exception>
    public RotatingFile(string path, long? limit, int keep)
    {
        _limit = limit ?? long.MaxValue;
        _names = [path, .. Enumerable.Range(1, keep).Select(n => $"{path}.{n}")];
        _file = OwnedFd.OpenFile(path, append: true);
        try
        {
            bool isRegular = _file.IsRegularFile();
            if (!isRegular && (limit is not null || !_file.IsCharacterDevice()))
            {
                throw new ArgumentException(limit is null ? "not a file" : "only a regular file can have a limit");
            }

            _size = isRegular ? (long)_file.FileSize() : 0;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Appends as much as can be.</summary>
    /// <returns>Bytes written, from the front; -errno when there were none.</returns>
    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint total = 0;
        int at = 0;       // The first segment that is not wholly written,
        nuint offset = 0; // and how much of it is.
        while (at < segments.Length)
        {
            if (segments[at].Length == 0)
            {
                at++;
                continue;
            }

            nint written = offset > 0 || (long)segments[at].Length > Room
                ? WritePiece(segments[at].Slice(offset, segments[at].Length - offset))
                : Append(segments.Slice(at, Fitting(segments[at..])));
            if (written <= 0)
            {
                return total > 0 ? total : written;
            }

            total += written;
            for (offset += (nuint)written; at < segments.Length && offset >= segments[at].Length; at++)
            {
                offset -= segments[at].Length;
            }
        }

        return total;
    }

    /// <summary>Appends all of it, or fails.</summary>
    /// <returns>0, or -errno.</returns>
    public nint Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint error = Room > 0 ? 0 : Rotate();
            nint written = error != 0 ? error : _file.Write(bytes[..(int)Math.Min(bytes.Length, Room)]);
            if (written <= 0)
            {
                return written < 0 ? written : -Errno.EIO;
            }

            _size += written;
            bytes = bytes[(int)written..];
        }

        return 0;
    }

    public void Dispose() => _file.Dispose();

    private long Room => Math.Max(_limit - _size, 0);

    /// <summary>How many of the first segments there is room for, at least one.</summary>
    private int Fitting(ReadOnlySpan<IoVector> segments)
    {
        long room = Room;
        int count = 0;
        while (count < segments.Length && (long)segments[count].Length <= room)
        {
            room -= (long)segments[count++].Length;
        }

        return count;
    }

    /// <summary>As much of a segment as there is room for.</summary>
    private nint WritePiece(IoVector piece)
    {
        nint error = Room > 0 ? 0 : Rotate();
        IoVector fitting = piece.Slice(0, (nuint)Math.Min((long)piece.Length, Room));
        return error != 0 ? error : Append(new ReadOnlySpan<IoVector>(in fitting));
    }

    private nint Append(ReadOnlySpan<IoVector> segments)
    {
        nint written = _file.WriteVector(segments);
        _size += Math.Max(written, 0);
        return written;
    }

    /// <returns>0, or -errno.</returns>
    private nint Rotate()
    {
        for (int i = _names.Length - 2; i >= 0; i--)
        {
            int errno = FileNames.Rename(_names[i], _names[i + 1]);
            if (errno != 0 && !(errno == Errno.ENOENT && i > 0))
            {
                return -errno;
            }
        }

        try
        {
            OwnedFd next = OwnedFd.CreateFile(_names[0]);
            _file.Dispose();
            _file = next;
            _size = 0;
            return 0;
        }
        catch (LinuxException e)
        {
            return -e.Errno;
        }
    }
}
