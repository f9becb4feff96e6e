using FastRing.Host.Client;

namespace FastRing.Host.Recordings;

/// <summary>Takes the lines of a recording as they come.</summary>
/// <param name="lines">Where they come from.</param>
internal sealed class RecordedLines(Stream lines)
{
    private const string AsAsked = "as asked";

    private byte[] _buffer = new byte[64 << 10];
    private int _held; // Of a line that is not whole yet.
    private string _why = "the port is gone, or the daemon ended";

    /// <summary>Copies until the stream ends, there are enough, or <paramref name="end"/>: whole lines only.</summary>
    /// <param name="destination">Where they go.</param>
    /// <param name="most">Bytes that are enough.</param>
    /// <param name="end">Ends it.</param>
    public async Task<Recorded> CopyAsync(Stream destination, long most, CancellationToken end)
    {
        long written = 0;
        long ends = 0;
        for (int read; (read = await ReadAsync(end)) > 0;)
        {
            int whole = Whole(_held + read);
            int count = whole <= most - written ? whole : Whole((int)(most - written));
            await destination.WriteAsync(_buffer.AsMemory(0, count), CancellationToken.None);
            ends += _buffer.AsSpan(0, count).Count((byte)'\n');
            written += count;
            if (count < whole)
            {
                _why = $"the next line would be above {most} bytes";
                break;
            }

            Hold(whole, _held + read);
        }

        return new Recorded(Math.Max(ends - 1, 0), written, _why);
    }

    /// <summary>Bytes of the first so many that are whole lines.</summary>
    private int Whole(int bytes) => _buffer.AsSpan(0, bytes).LastIndexOf((byte)'\n') + 1;

    private void Hold(int from, int to)
    {
        _held = to - from;
        _buffer.AsSpan(from, _held).CopyTo(_buffer);
        if (_held > _buffer.Length / 2)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
    }

    private async ValueTask<int> ReadAsync(CancellationToken end)
    {
        try
        {
            return await lines.ReadAsync(_buffer.AsMemory(_held), end);
        }
        catch (OperationCanceledException)
        {
            _why = AsAsked;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            _why = $"the daemon ended: {PlainText.Of(e.Message)}";
        }

        return 0;
    }
}
