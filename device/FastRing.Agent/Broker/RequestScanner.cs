using System.Buffers;
using FastRing.Agent.Channel;

namespace FastRing.Agent.Broker;

/// <summary>
/// Finds the end of a JSON value by its brackets and strings, each byte looked at once. Whether it is JSON is for others to say; a newline within a string, which no
/// JSON has, ends what can't become a value.
/// </summary>
internal struct RequestScanner
{
    private long _scanned; // Bytes of the value that begins the buffer.
    private int _depth;
    private bool _inString;
    private bool _isEscaped;
    private bool _isGarbage;
    private bool _isDropping; // The rest of the line in which a value was too long.

    /// <summary>Looks at what is new in the buffer.</summary>
    public RequestFrame Scan(ReadOnlySequence<byte> buffer, int maxBytes)
    {
        var reader = new SequenceReader<byte>(buffer.Slice(_scanned));
        long skipped = 0;
        long length = _scanned;
        while (reader.TryRead(out byte b))
        {
            if (b == AgentLink.Sentinel)
            {
                skipped += length + 1;
                length = 0;
                this = default;
                continue;
            }

            if (length == 0 && (_isDropping || IsSpace(b)))
            {
                _isDropping &= b != (byte)'\n';
                skipped++;
                continue;
            }

            length++;
            if (Ends(b, length == 1))
            {
                RequestFrameKind kind = _isGarbage ? RequestFrameKind.Garbage : RequestFrameKind.Value;
                this = default;
                return new RequestFrame(kind, skipped, length);
            }

            if (length > maxBytes)
            {
                this = new RequestScanner { _isDropping = true };
                return new RequestFrame(RequestFrameKind.TooLong, skipped, length);
            }
        }

        _scanned = length;
        return new RequestFrame(RequestFrameKind.None, skipped, 0);
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>Takes the next byte of a value.</summary>
    /// <returns>Whether the value ends with it.</returns>
    private bool Ends(byte b, bool isFirst)
    {
        if (isFirst)
        {
            _isGarbage = b is not ((byte)'{' or (byte)'[');
        }

        if (b == (byte)'\n' && (_isGarbage || _inString))
        {
            _isGarbage = true;
            return true;
        }

        if (_isGarbage)
        {
            return false;
        }

        if (_inString)
        {
            _inString = _isEscaped || b != (byte)'"';
            _isEscaped = !_isEscaped && b == (byte)'\\';
            return false;
        }

        _inString = b == (byte)'"';
        _depth += b switch { (byte)'{' or (byte)'[' => 1, (byte)'}' or (byte)']' => -1, _ => 0 };
        return _depth == 0;
    }
}
