using System.Buffers;
using System.Text;

namespace FastRing.Host.Guests;

/// <summary>Picks the bytes between two markers out of a stream that arrives in pieces.</summary>
/// <param name="begin">What comes just before the text.</param>
/// <param name="end">What comes just after it.</param>
internal sealed class MarkedText(string begin, string end)
{
    private const int MaxBytes = 64 << 20;

    private readonly byte[] _begin = Encoding.UTF8.GetBytes(begin);
    private readonly byte[] _end = Encoding.UTF8.GetBytes(end);
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly TaskCompletionSource<string> _text = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _begun;

    /// <summary>The text, once both markers have been seen.</summary>
    public Task<string> Text => _text.Task;

    /// <summary>What has arrived of the text so far.</summary>
    public string Partial { get; private set; } = "";

    /// <summary>Takes the stream's next bytes.</summary>
    /// <returns>True when the text is complete.</returns>
    public bool Offer(ReadOnlySpan<byte> bytes)
    {
        int seen = _bytes.WrittenCount;
        _bytes.Write(bytes);
        if (!_begun && !SkipToBegin(ref seen))
        {
            return false;
        }

        int from = Math.Max(0, seen - _end.Length);
        ReadOnlySpan<byte> all = _bytes.WrittenSpan;
        int length = all[from..].IndexOf(_end);
        if (length >= 0)
        {
            _text.TrySetResult(Encoding.UTF8.GetString(all[..(from + length)]));
        }
        else if (_bytes.WrittenCount > MaxBytes)
        {
            Fail(new GuestException($"the guest's console gave more than {MaxBytes >> 20} MiB for one command"));
        }

        return _text.Task.IsCompleted;
    }

    /// <summary>Gives up: nothing more will arrive.</summary>
    public void Fail(GuestException reason)
    {
        Partial = _begun ? Encoding.UTF8.GetString(_bytes.WrittenSpan) : "";
        _text.TrySetException(reason);
    }

    // Keeps only what may be the start of the marker, or what follows it.
    private bool SkipToBegin(ref int seen)
    {
        ReadOnlySpan<byte> all = _bytes.WrittenSpan;
        int at = all.IndexOf(_begin);
        _begun = at >= 0;
        int keepFrom = _begun ? at + _begin.Length : Math.Max(0, all.Length - _begin.Length);
        byte[] rest = all[keepFrom..].ToArray();
        _bytes.ResetWrittenCount();
        _bytes.Write(rest);
        seen = 0;
        return _begun;
    }
}
