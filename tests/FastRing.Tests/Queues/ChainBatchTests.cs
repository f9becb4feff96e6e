using FastRing.Memory;
using FastRing.Queues;
using Xunit;

namespace FastRing.Tests.Queues;

public sealed class ChainBatchTests : IDisposable
{
    private const ulong Border = 0x1_0000;

    private readonly TestGuest _guest = new((0, Border), (Border, Border));
    private RegionWindow _window;

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void Consume_stops_inside_a_buffer_and_goes_on_there()
    {
        ChainBatch batch = Readable([10, 20], [5]);

        Assert.Equal(0, batch.Consume(13));
        Assert.Equal([17, 5], LegalRingTests.Lengths(batch));
        Assert.Equal(Host(20) + 3, batch.Segments[0].Address);
        Assert.Equal((nuint)13, batch.HeadConsumed);

        Assert.Equal(1, batch.Consume(19));
        batch.RemoveFront(1);
        Assert.Equal((nuint)2, batch.HeadConsumed);
        Assert.Equal([3], LegalRingTests.Lengths(batch));

        Assert.Equal(1, batch.Consume(3));
        batch.RemoveFront(1);
        Assert.Equal((0, (nuint)0), (batch.Count, batch.HeadConsumed));
        Assert.True(batch.Segments.IsEmpty);
    }

    [Theory]
    [InlineData(29, 0, 29)]
    [InlineData(30, 1, 0)]
    [InlineData(31, 1, 1)]
    [InlineData(35, 2, 0)]
    [InlineData(41, 2, 6)]
    [InlineData(42, 3, 0)]
    public void Consume_counts_the_chains_that_are_wholly_read(int bytes, int chains, int rest)
    {
        ChainBatch batch = Readable([10, 20], [5], [3, 4]);
        Assert.Equal(chains, batch.Consume((nuint)bytes));
        Assert.Equal((nuint)rest, batch.HeadConsumed);
    }

    [Fact]
    public void An_empty_chain_is_done_as_soon_as_its_turn_comes()
    {
        ChainBatch batch = Readable([], [4], [], [], [1]);
        Assert.Equal(1, batch.Consume(0));
        batch.RemoveFront(1);
        Assert.Equal(0, batch.Consume(3));
        Assert.Equal(3, batch.Consume(1));
        batch.RemoveFront(3);
        Assert.Equal(0, batch.Consume(0));
        Assert.Equal(1, batch.Consume(1));
    }

    [Fact]
    public void More_than_there_is_cannot_be_consumed_or_filled()
    {
        ChainBatch batch = Readable([10], [5]);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Consume(16));
        Assert.Throws<ArgumentOutOfRangeException>(() => Readable([10]).Consume(unchecked((nuint)(-11))));
        Assert.Throws<ArgumentOutOfRangeException>(() => Writable([10]).Fill(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => Writable().Fill(1));
    }

    [Fact]
    public void Fill_ends_a_chain_that_is_written_in_part()
    {
        ChainBatch batch = Writable([10, 20], [5], [8, 8]);

        Assert.Equal(1, batch.Fill(12));
        Assert.Equal(12U, batch[0].Written);
        batch.RemoveFront(1);
        Assert.Equal([5, 8, 8], LegalRingTests.Lengths(batch));

        Assert.Equal(2, batch.Fill(6));
        Assert.Equal((5U, 1U), (batch[0].Written, batch[1].Written));
        batch.RemoveFront(2);
        Assert.Equal(0, batch.Count);
        Assert.True(batch.Segments.IsEmpty);
    }

    [Fact]
    public void Fill_gives_chains_without_room_back_and_keeps_those_it_did_not_reach()
    {
        ChainBatch batch = Writable([], [4], [], [6]);
        Assert.Equal(1, batch.Fill(0));
        batch.RemoveFront(1);
        Assert.Equal(0, batch.Fill(0));
        Assert.Equal(2, batch.Fill(4));
        Assert.Equal((4U, 0U), (batch[0].Written, batch[1].Written));
        batch.RemoveFront(2);
        Assert.Equal([6], LegalRingTests.Lengths(batch));
    }

    [Fact]
    public void Chains_given_back_unread_take_their_buffers_with_them()
    {
        ChainBatch batch = Readable([10, 20], [], [5, 6], [7]);
        batch.Consume(4);
        batch.RemoveFront(2);

        Assert.Equal((nuint)0, batch.HeadConsumed);
        Assert.Equal([5, 6, 7], LegalRingTests.Lengths(batch));
        Assert.Equal(1, batch.Consume(12));
        Assert.Equal((nuint)1, batch.HeadConsumed);
    }

    [Fact]
    public void Segments_of_a_chain_are_its_own()
    {
        ChainBatch batch = Readable([10, 20], [], [5]);
        Assert.Equal(2, batch.SegmentsOf(0).Length);
        Assert.Equal(0, batch.SegmentsOf(1).Length);
        Assert.Equal((nuint)5, batch.SegmentsOf(2)[0].Length);
        batch.RemoveFront(1);
        Assert.Equal((nuint)5, batch.SegmentsOf(1)[0].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch[2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch[-1]);
    }

    [Theory]
    [InlineData(ChainDirection.Readable, 3, 0, 60U)]
    [InlineData(ChainDirection.Writable, 0, 2, 9U)]
    [InlineData(ChainDirection.Both, 3, 2, 69U)]
    public void Only_the_buffers_of_its_direction_are_recorded(ChainDirection direction, int readable, int writable, uint bytes)
    {
        var batch = new ChainBatch(1, direction);
        Assert.Equal(VirtqueueError.None, Add(batch, [10, 20, 30], [4, 5]));
        Assert.Equal((readable, writable, bytes), (batch[0].ReadableSegments, batch[0].WritableSegments, batch[0].Bytes));
        Assert.Equal(readable + writable, batch.Segments.Length);
    }

    [Fact]
    public void A_chain_longer_than_any_before_makes_an_empty_batch_grow()
    {
        var batch = new ChainBatch(4, ChainDirection.Readable);
        foreach (int count in new[] { 64, 65, 1000, 65536 })
        {
            Assert.Equal(VirtqueueError.None, Add(batch, new uint[count].Select(_ => 1U).ToArray(), []));
            Assert.Equal((uint)count, batch[0].Bytes);
            Assert.Equal(1, batch.Consume((nuint)count));
            batch.RemoveFront(1);
        }

        Assert.Equal(VirtqueueError.TooManySegments, Add(batch, new uint[65537].Select(_ => 1U).ToArray(), []));
        Assert.Equal(0, batch.Count);
        Assert.Equal(VirtqueueError.None, Add(batch, [1], []));
    }

    [Fact]
    public void A_chain_that_does_not_fit_behind_others_waits_until_they_are_gone()
    {
        ChainBatch batch = Readable([1, 2]);
        uint[] rest = new uint[63].Select(_ => 1U).ToArray();
        Assert.Equal(ChainSink.Full, Add(batch, rest, []));
        Assert.Equal(1, batch.Count);
        Assert.Equal([1, 2], LegalRingTests.Lengths(batch));
        Assert.Equal(0, batch.Consume(1));

        // Now there is room: the consumed segment is squeezed out in the middle of the chain.
        Assert.Equal(VirtqueueError.None, Add(batch, rest, []));
        Assert.Equal(64, batch.Segments.Length);
        Assert.Equal((nuint)2, batch.Segments[0].Length);
        Assert.Equal(1, batch.Consume(2));
        batch.RemoveFront(1);
        Assert.Equal(63U, batch[0].Bytes);
        Assert.Equal(63, batch.SegmentsOf(0).Length);
        Assert.Equal(1, batch.Consume(63));
    }

    [Fact]
    public void A_batch_that_is_never_empty_goes_on_for_ever()
    {
        var batch = new ChainBatch(4, ChainDirection.Both);
        Assert.Equal(VirtqueueError.None, Add(batch, [1, 1, 1], []));
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(VirtqueueError.None, Add(batch, [2, 2, (uint)(i % 50) + 1], []));
            batch.RemoveFront(1); // looked at through SegmentsOf only
            Assert.Equal(1, batch.Count);
            Assert.Equal((nuint)((i % 50) + 1), batch.SegmentsOf(0)[2].Length);
            Assert.Equal(3, batch.Segments.Length);
        }
    }

    [Fact]
    public void A_full_batch_takes_no_more_chains()
    {
        ChainBatch batch = Readable([1], [2], [3], [4]);
        Assert.False(batch.HasChainRoom);
        batch.Consume(0);
        Assert.False(batch.HasChainRoom);
        batch.RemoveFront(batch.Consume(1));
        Assert.Equal(VirtqueueError.None, Add(batch, [5], []));
        Assert.Equal([2, 3, 4, 5], LegalRingTests.Lengths(batch));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_stream_of_random_chains_is_read_as_a_list_of_lists_is(int seed) => RunAgainstModel(seed, ChainDirection.Readable);

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_stream_of_random_chains_is_written_as_a_list_of_lists_is(int seed) => RunAgainstModel(seed, ChainDirection.Writable);

    private void RunAgainstModel(int seed, ChainDirection direction)
    {
        var random = new Random(seed);
        var batch = new ChainBatch(random.Next(1, 12), direction);
        var model = new ChainBatchModel();
        for (int step = 0; step < 30_000; step++)
        {
            if (random.Next(2) == 0)
            {
                AddRandom(random, batch, model);
            }
            else
            {
                ulong bytes = random.Next(3) == 0 ? model.Bytes : (ulong)random.NextInt64(Math.Min((long)model.Bytes, 400) + 1);
                int forced = random.Next(20) == 0 ? random.Next(batch.Count + 1) : 0;
                int done = direction == ChainDirection.Readable ? batch.Consume((nuint)bytes) : batch.Fill((nuint)bytes);
                (int expected, uint[] written) = direction == ChainDirection.Readable ? model.Consume(bytes) : model.Fill(bytes);
                Assert.Equal(expected, done);
                Assert.Equal(written, Enumerable.Range(0, done).Select(i => batch[i].Written).ToArray());
                int gone = Math.Max(forced, done);
                batch.RemoveFront(gone);
                model.Remove(gone);
            }

            Assert.Equal(model.Count, batch.Count);
            Assert.Equal(model.HeadConsumed, (ulong)batch.HeadConsumed);
            Assert.Equal(model.Segments, batch.Segments.ToArray().Select(s => (s.Address, (ulong)s.Length)));
        }
    }

    private void AddRandom(Random random, ChainBatch batch, ChainBatchModel model)
    {
        int count = random.Next(20) == 0 ? random.Next(100) : random.Next(5);
        var buffers = Enumerable.Range(0, count).Select(_ => (
            Address: random.Next(10) == 0 ? Border - (ulong)random.Next(1, 30) : (ulong)random.Next((int)Border * 2 - 100),
            Length: random.Next(6) == 0 ? 0 : (uint)random.Next(1, 60))).ToArray();
        VirtqueueError error = TryAdd(batch, batch.Direction == ChainDirection.Writable, buffers);
        if (error == ChainSink.Full)
        {
            Assert.NotEqual(0, model.Count);
        }
        else
        {
            Assert.Equal(VirtqueueError.None, error);
            model.Add(buffers.SelectMany(b => Pieces(b.Address, b.Length)));
        }
    }

    private IEnumerable<(nint Address, ulong Length)> Pieces(ulong address, uint length)
    {
        uint first = address < Border ? (uint)Math.Min(length, Border - address) : length;
        if (first > 0)
        {
            yield return (Host(address), first);
        }

        if (first < length)
        {
            yield return (Host(Border), length - first);
        }
    }

    private nint Host(ulong address) => _guest.Memory.Window(new GuestAddress(address), 1).Address;

    private ChainBatch Readable(params uint[][] chains) => Of(ChainDirection.Readable, chains);

    private ChainBatch Writable(params uint[][] chains) => Of(ChainDirection.Writable, chains);

    private ChainBatch Of(ChainDirection direction, uint[][] chains)
    {
        var batch = new ChainBatch(Math.Max(chains.Length, 2), direction);
        foreach (uint[] chain in chains)
        {
            bool readable = direction == ChainDirection.Readable;
            Assert.Equal(VirtqueueError.None, Add(batch, readable ? chain : [], readable ? [] : chain));
        }

        return batch;
    }

    private VirtqueueError TryAdd(ChainBatch batch, bool writable, (ulong Address, uint Length)[] buffers) =>
        Put(batch, buffers.Select(b => (b.Address, b.Length, writable)).ToArray());

    // A buffer of n bytes lies at n, so that its address tells it from the others.
    private VirtqueueError Add(ChainBatch batch, uint[] readable, uint[] writable) =>
        Put(batch, [.. readable.Select(l => ((ulong)l, l, false)), .. writable.Select(l => ((ulong)l, l, true))]);

    /// <summary>Puts one chain into a batch as a queue does.</summary>
    private VirtqueueError Put(ChainBatch batch, (ulong Address, uint Length, bool Writable)[] buffers)
    {
        while (batch.HasChainRoom)
        {
            ChainSink sink = batch.Sink;
            VirtqueueError error = Fill(ref sink, buffers);
            if (error != ChainSink.Full)
            {
                batch.Take(sink);
                return error;
            }

            error = batch.MakeSegmentRoom();
            if (error != VirtqueueError.None)
            {
                return error;
            }
        }

        return ChainSink.Full;
    }

    private VirtqueueError Fill(ref ChainSink sink, (ulong Address, uint Length, bool Writable)[] buffers)
    {
        sink.Open();
        foreach ((ulong address, uint length, bool writable) in buffers)
        {
            VirtqueueError error = sink.Append(address, length, writable, new PhysicalMemory(_guest.Memory), ref _window);
            if (error != VirtqueueError.None)
            {
                return error;
            }
        }

        return sink.Close(0, 1);
    }
}
