using FastRing.Console.Ports;

namespace FastRing.Console.Tests.Ports;

public sealed class BufferReturnsTests
{
    [Fact]
    public void A_buffer_is_back_when_one_more_is_available_than_at_first()
    {
        var returns = new BufferReturns(8);
        returns.Add(3);
        returns.Use(100);
        returns.Use(50);
        Assert.Equal((150UL, 0UL), (returns.BytesOut, returns.Returned));

        returns.Add(1);
        Assert.Equal((50UL, 1UL), (returns.BytesOut, returns.Returned));
        returns.Add(1);
        Assert.Equal((0UL, 2UL), (returns.BytesOut, returns.Returned));
    }

    [Fact]
    public void Buffers_put_back_and_seen_again_are_no_returns()
    {
        var returns = new BufferReturns(8);
        returns.Add(4);
        returns.Use(10);
        returns.PutBack(3);
        returns.Add(3);
        Assert.Equal(10UL, returns.BytesOut);

        returns.Add(1);
        Assert.Equal(0UL, returns.BytesOut);
    }

    [Fact]
    public void Buffers_put_back_before_any_was_used_are_counted_once()
    {
        var returns = new BufferReturns(8);
        returns.Add(4);
        returns.PutBack(4);
        returns.Add(4);
        returns.Use(10);
        Assert.Equal(10UL, returns.BytesOut);

        returns.Add(1);
        Assert.Equal(0UL, returns.BytesOut);
    }

    [Fact]
    public void It_follows_a_ring_through_many_rounds()
    {
        const int Size = 16;
        var returns = new BufferReturns(Size);
        var isOut = new Queue<uint>();
        var random = new Random(3);
        returns.Add(Size);
        int onRing = Size;
        for (int i = 0; i < 100_000; i++)
        {
            if (random.Next(2) == 0 && onRing > 0)
            {
                uint bytes = (uint)random.Next(4096);
                returns.Use(bytes);
                isOut.Enqueue(bytes);
                onRing--;
            }
            else if (isOut.Count > 0)
            {
                int back = random.Next(isOut.Count) + 1;
                returns.Add(back);
                onRing += back;
                while (back-- > 0)
                {
                    isOut.Dequeue();
                }
            }

            Assert.Equal(isOut.Aggregate(0UL, (sum, b) => sum + b), returns.BytesOut);
            Assert.Equal(returns.Used - (ulong)isOut.Count, returns.Returned);
        }
    }

    [Fact]
    public void Where_not_all_of_a_drivers_buffers_were_seen_it_is_taken_to_have_a_ring_full()
    {
        var returns = new BufferReturns(4);
        returns.Add(2);
        returns.Begin(areMore: true);
        returns.Use(10);
        returns.Add(2); // The others: none of them was given back.
        Assert.Equal(10UL, returns.BytesOut);

        returns.Add(1);
        Assert.Equal(0UL, returns.BytesOut);
    }

    [Fact]
    public void A_driver_of_more_buffers_than_its_ring_has_is_survived()
    {
        var returns = new BufferReturns(4);
        returns.Add(1000);
        for (int i = 0; i < 1000; i++)
        {
            returns.Use(1);
        }

        Assert.Equal(4UL, returns.BytesOut);
        returns.Add(1000);
        Assert.InRange(returns.Returned, 996UL, 1000UL);
    }
}
