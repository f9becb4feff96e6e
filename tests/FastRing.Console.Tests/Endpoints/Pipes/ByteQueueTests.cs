using CsCheck;
using FastRing.Console.Endpoints.Pipes;

namespace FastRing.Console.Tests.Endpoints.Pipes;

public sealed class ByteQueueTests
{
    [Fact]
    public void Bytes_come_out_as_they_went_in_whatever_is_added_and_skipped() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5000]).List[1, 60].Sample(steps =>
        {
            var queue = new ByteQueue();
            long start = 0;
            long end = 0;
            foreach ((int what, int bytes) in steps)
            {
                if (what == 0)
                {
                    queue.Append(Pattern.Bytes(end, bytes));
                    end += bytes;
                }
                else if (what == 1)
                {
                    Memory<byte> free = queue.Free(bytes);
                    Assert.InRange(free.Length, bytes, int.MaxValue);
                    Pattern.Fill(free.Span[..bytes], end);
                    queue.Advance(bytes);
                    end += bytes;
                }
                else if (what == 2)
                {
                    int skipped = Math.Min(bytes, queue.Length);
                    queue.Skip(skipped);
                    start += skipped;
                }
                else
                {
                    ReadOnlyMemory<byte> lent = queue.Filled;
                    queue.IsLent = true;
                    queue.Append(Pattern.Bytes(end, bytes));
                    end += bytes;
                    Pattern.AssertIs(lent.Span, start);
                    queue.IsLent = false;
                }

                Assert.Equal(end - start, queue.Length);
                Pattern.AssertIs(queue.Filled.Span, start);
            }

            queue.Clear();
            Assert.Equal(0, queue.Length);
        });

    [Fact]
    public void Room_that_was_handed_out_stays_when_everything_before_it_is_skipped()
    {
        var queue = new ByteQueue();
        queue.Append(Pattern.Bytes(0, 100));
        Memory<byte> free = queue.Free(10);
        queue.Skip(100);
        Pattern.Fill(free.Span[..10], 0);
        queue.Advance(10);
        Assert.Equal(10, queue.Length);
        Pattern.AssertIs(queue.Filled.Span, 0);
    }

    [Fact]
    public void A_queue_that_is_drained_as_it_is_filled_does_not_grow()
    {
        var queue = new ByteQueue();
        queue.Append(new byte[100]);
        int most = 0;
        for (int i = 0; i < 10_000; i++)
        {
            queue.Append(new byte[100]);
            queue.Skip(100);
            most = Math.Max(most, queue.Free(0).Length);
        }

        Assert.InRange(most, 0, 1024);
    }

    [Fact]
    public void No_more_is_skipped_or_filled_than_there_is()
    {
        var queue = new ByteQueue();
        queue.Append(new byte[10]);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Skip(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Skip(-1));
        int room = queue.Free(5).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Advance(-1));
    }
}
