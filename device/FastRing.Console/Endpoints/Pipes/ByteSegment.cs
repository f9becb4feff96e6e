using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Pipes;

/// <summary>A piece of what a reader sees: private bytes, or a segment of guest memory. Used again and again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "GuestBytes owns nothing: there is nothing to dispose of.")]
internal sealed class ByteSegment : ReadOnlySequenceSegment<byte>
{
    private readonly GuestBytes _guest = new();
    private IoVector _segment;

    /// <summary>Bytes.</summary>
    public int Length => Memory.Length;

    public void Name(IoVector segment)
    {
        _segment = segment;
        Memory = _guest.Name(segment);
    }

    public void Name(ReadOnlyMemory<byte> bytes) => Memory = bytes;

    /// <summary>The first bytes of guest memory are not needed any more.</summary>
    public void Skip(int bytes) => Name(_segment.Slice((nuint)bytes));

    /// <summary>A copy takes the place of guest memory that is about to go.</summary>
    public void CopyOut() => _guest.Rename(Memory.ToArray());

    /// <summary>Names nothing.</summary>
    public void Forget()
    {
        _guest.Forget();
        _segment = default;
        Memory = default;
    }

    /// <summary>Stands at this place of a sequence, before <paramref name="next"/>.</summary>
    public void StandAt(long runningIndex, ByteSegment? next)
    {
        RunningIndex = runningIndex;
        Next = next;
    }
}
