using FastRing.Devices.State;

namespace FastRing.Console.State;

/// <summary>The buffers of a stopped queue that a driver has been given and has not given back: a <see cref="Ports.BufferReturns"/> without its array.</summary>
/// <param name="Size">Entries of the ring.</param>
/// <param name="Available">Buffers ever made available.</param>
/// <param name="First">Of them before anything was used.</param>
/// <param name="Returned">Buffers used and given back.</param>
/// <param name="Count">Buffers used and not given back.</param>
/// <param name="Each">How many of them a number of <paramref name="Bytes"/> stands for.</param>
/// <param name="Bytes">Bytes in them, oldest first.</param>
internal sealed record BuffersOut(int Size, ulong Available, ulong First, ulong Returned, int Count, int Each, uint[] Bytes)
{
    private const int LargestRing = 32768;

    // Those of a longer ring are written in groups: 511 ports and their names stay below a megabyte.
    private const int MostWritten = 256;

    public BuffersOut(int size, ulong available, ulong first, ulong returned, uint[] bytes)
        : this(size, available, first, returned, bytes.Length, 1, bytes)
    {
    }

    public ulong Used => Returned + (ulong)Count;

    public ulong BytesOut
    {
        get
        {
            ulong sum = 0;
            foreach (uint bytes in Bytes)
            {
                sum += bytes;
            }

            return sum;
        }
    }

    /// <summary>Bytes of the buffer at <paramref name="index"/>. Those of a group count as its last one's: they are taken for dealt with too late, and never too early.</summary>
    public uint BytesOf(int index) => (index + 1) % Each == 0 || index == Count - 1 ? Bytes[index / Each] : 0;

    public void Write(StateWriter writer)
    {
        int join = Math.Max(1, (Bytes.Length + MostWritten - 1) / MostWritten);
        writer.UInt32((uint)Size);
        writer.UInt64(Available);
        writer.UInt64(First);
        writer.UInt64(Returned);
        writer.UInt32((uint)Count);
        writer.UInt32((uint)(Each * join));
        for (int i = 0; i < Bytes.Length; i += join)
        {
            ulong sum = 0;
            foreach (uint bytes in Bytes.AsSpan(i, Math.Min(join, Bytes.Length - i)))
            {
                sum += bytes;
            }

            writer.UInt32((uint)Math.Min(sum, uint.MaxValue));
        }
    }

    public static BuffersOut Read(ref StateReader reader)
    {
        var size = (int)reader.UpTo(LargestRing, "ring size");
        ulong available = reader.UInt64("buffers available");
        ulong first = reader.UInt64("first buffers");
        ulong returned = reader.UInt64("buffers returned");
        reader.Check(first <= int.MaxValue && returned <= long.MaxValue && available <= long.MaxValue, "buffers available", "more than any driver has offered");
        var count = (int)reader.UpTo((uint)size, "buffers out");
        var each = (int)reader.UpTo(LargestRing, "buffers of a group");
        reader.Check(each > 0, "buffers of a group", "none");
        int groups = each > 0 ? (count + each - 1) / each : 0;
        reader.Check(groups * sizeof(uint) <= reader.Left, "bytes out", "the state ends in them");
        var bytes = new uint[reader.Error is null ? groups : 0];
        foreach (ref uint of in bytes.AsSpan())
        {
            of = reader.UInt32("bytes out");
        }

        return new BuffersOut(size, available, first, returned, count, Math.Max(each, 1), bytes);
    }
}
