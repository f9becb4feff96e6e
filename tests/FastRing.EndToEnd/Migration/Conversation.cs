using FastRing.Interop;

namespace FastRing.EndToEnd.Migration;

/// <summary>
/// A host program that talks to a port, whichever device has it: two streams in which every position has its own look. What the guest sends is checked byte by byte; what
/// it gets follows from how much it got. Used by the worker of the device that has the port, one after the other.
/// </summary>
internal sealed class Conversation
{
    private long _room;
    private long _supply;

    /// <summary>Bytes taken from the guest, all of them right.</summary>
    public long Taken { get; private set; }

    /// <summary>Bytes given to the guest.</summary>
    public long Given { get; private set; }

    /// <summary>What was wrong first; null: nothing.</summary>
    public string? Wrong { get; private set; }

    public bool HasSupply => _supply > 0;

    public static byte At(long position) => (byte)((ulong)(position + 1) * 0x9E37_79B9_7F4A_7C15UL >> 56);

    /// <summary>The program reads so much more, and has so much more to say.</summary>
    public void Allow(long room, long supply)
    {
        _room += room;
        _supply += supply;
    }

    public nint Take(ReadOnlySpan<IoVector> segments)
    {
        long before = Taken;
        foreach (IoVector segment in segments)
        {
            var length = (nuint)Math.Min(_room, (long)segment.Length);
            foreach (byte b in segment.Slice(0, length).Span)
            {
                if (b != At(Taken))
                {
                    Wrong ??= $"byte {Taken} of what the guest sent";
                }

                Taken++;
            }

            _room -= (long)length;
        }

        return (nint)(Taken - before);
    }

    public nint Give(ReadOnlySpan<IoVector> segments)
    {
        long before = Given;
        foreach (IoVector segment in segments)
        {
            var length = (nuint)Math.Min(_supply, (long)segment.Length);
            foreach (ref byte b in segment.Slice(0, length).Span)
            {
                b = At(Given++);
            }

            _supply -= (long)length;
        }

        return (nint)(Given - before);
    }
}
