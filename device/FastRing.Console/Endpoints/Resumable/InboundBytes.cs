using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Endpoints.Resumable;

/// <summary>What a client has sent and the guest has not got: a circle of private memory, so that acknowledgements behind it are read whatever the guest does. Positions are the session's.</summary>
internal sealed class InboundBytes
{
    /// <summary>Bytes it holds, and a client may send ahead.</summary>
    public const int Window = 128 << 10;

    private const ulong Mask = Window - 1;
    private PrivateBytes? _bytes; // A port nobody sends to has none.

    /// <summary>Position of the first byte the guest has not got.</summary>
    public ulong Start { get; private set; }

    /// <summary>Position behind the last byte that came.</summary>
    public ulong End { get; private set; }

    public bool IsEmpty => Start == End;

    /// <summary>Forgets what there is and goes on from a position.</summary>
    public void BeginAt(ulong position) => Start = End = position;

    /// <summary>Room for the next bytes.</summary>
    /// <param name="most">Bytes at the most, no more than are free.</param>
    /// <param name="pieces">Room for two.</param>
    /// <returns>Pieces.</returns>
    public int Free(uint most, Span<IoVector> pieces)
    {
        _bytes ??= new PrivateBytes(Window);
        ulong at = End & Mask;
        ulong first = Math.Min(most, Window - at);
        pieces[0] = _bytes.Vector.Slice((nuint)at, (nuint)first);
        pieces[1] = _bytes.Vector.Slice(0, (nuint)(most - first));
        return first < most ? 2 : 1;
    }

    /// <summary>Bytes were written to what was free.</summary>
    public void Added(uint bytes) => End += bytes;

    /// <summary>The guest gets what there is room for.</summary>
    /// <returns>Bytes it got.</returns>
    public ulong CopyTo(ReadOnlySpan<IoVector> segments)
    {
        ulong start = Start;
        foreach (IoVector segment in segments)
        {
            nuint length = Math.Min(segment.Length, (nuint)(End - Start));
            if (length == 0)
            {
                break;
            }

            Copy(segment.Slice(0, length).Span);
        }

        return Start - start;
    }

    private void Copy(Span<byte> destination)
    {
        int at = (int)(Start & Mask);
        int first = Math.Min(destination.Length, Window - at);
        _bytes!.Span.Slice(at, first).CopyTo(destination);
        _bytes.Span[..(destination.Length - first)].CopyTo(destination[first..]);
        Start += (uint)destination.Length;
    }
}
