using FastRing.Console.Endpoints;
using FastRing.Console.Endpoints.Hubs;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Console.Tests.Endpoints.Hubs;

/// <summary>A stream's last bytes, read from where one was, and copied while it goes on.</summary>
public sealed class BroadcastRingTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    public void Readers_anywhere_in_it_see_the_stream(int capacity)
    {
        var ring = new BroadcastRing(capacity);
        for (int length = 0; length <= 3 * capacity; length++)
        {
            Append(ring, ring.End, length);
            for (long from = ring.Start; from <= ring.End; from++)
            {
                AssertSees(ring, from, int.MaxValue);
                AssertSees(ring, from, 7);
            }
        }
    }

    [Fact]
    public void No_more_is_appended_than_was_said()
    {
        var ring = new BroadcastRing(64);
        IoVector[] segments = [Guest(0, 10), Guest(10, 10)];

        Assert.Equal(13, ring.Append(segments, 13));
        Assert.Equal(13, ring.End);
        AssertSees(ring, 0, 64);
        Assert.Equal(20, ring.Append([Guest(13, 20)], long.MaxValue));
        AssertSees(ring, 0, 64);
        GC.KeepAlive(_guest);
    }

    [Fact]
    public void A_copy_taken_while_it_is_written_has_no_byte_of_another_time()
    {
        var ring = new BroadcastRing(50_000);
        bool stop = false;
        long end = 0;
        var writer = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                Append(ring, ring.End, 4001);
            }

            end = ring.End;
        });
        writer.Start();
        long seen = 0;
        for (int i = 0; i < 2000 || seen < 1_000_000; i++)
        {
            Scrollback copy = ring.Snapshot(40_000);
            Pattern.AssertIs(copy.Bytes.Span, (long)copy.Dropped);
            seen += copy.Bytes.Length;
        }

        Volatile.Write(ref stop, true);
        writer.Join();
        Scrollback last = ring.Snapshot(40_000);
        Assert.Equal((40_000, (ulong)end - 40_000), (last.Bytes.Length, last.Dropped));
    }

    private readonly List<PrivateBytes> _guest = [];

    private IoVector Guest(long position, int length)
    {
        var bytes = new PrivateBytes(length);
        _guest.Add(bytes);
        Pattern.Fill(bytes.Span, position);
        return bytes.Vector;
    }

    private static void Append(BroadcastRing ring, long position, int length)
    {
        var bytes = new PrivateBytes(length);
        Pattern.Fill(bytes.Span, position);
        ring.Append([bytes.Vector], long.MaxValue);
        GC.KeepAlive(bytes);
    }

    private static void AssertSees(BroadcastRing ring, long from, int most)
    {
        Span<IoVector> pieces = new IoVector[BroadcastRing.MostPieces];
        long at = from;
        foreach (IoVector piece in ring.From(from, most, pieces))
        {
            Pattern.AssertIs(piece.Span, at);
            at += (long)piece.Length;
        }

        Assert.Equal(Math.Min(from + most, ring.End), at);
    }
}
