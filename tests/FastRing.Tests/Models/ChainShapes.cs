using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Tests.Models;

/// <summary>Buffers drawn from dice: empty ones, some over the border between the regions, chains up to twelve long.</summary>
internal struct ChainShapes(uint dice)
{
    private const int Longest = 12;
    private ulong _state = dice;

    /// <summary>A number from 0 to <paramref name="below"/> - 1.</summary>
    public int Next(int below)
    {
        // splitmix64: the same dice fall the same way everywhere.
        _state += 0x9e37_79b9_7f4a_7c15;
        ulong z = (_state ^ (_state >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return (int)((z ^ (z >> 31)) % (ulong)below);
    }

    /// <summary>The buffers of one chain for a ring of <paramref name="size"/> entries; seldom none at all.</summary>
    public (DriverBuffer[] Readable, DriverBuffer[] Writable) Chain(ushort size)
    {
        if (Next(24) == 0)
        {
            int count = 1 + Next(Math.Min((int)size, Longest));
            int readable = Next(count + 1);
            return (Buffers(readable, mayCross: false), Buffers(count - readable, mayCross: false));
        }

        int most = size < 4 ? 2 : 4;
        return (Buffers(Next(most), mayCross: true), Buffers(Next(most), mayCross: true));
    }

    /// <summary>Bytes a device says it wrote: nothing, all there was room for, or something between.</summary>
    public uint Written(uint room) => Next(4) switch
    {
        0 => 0,
        1 => (uint)Next((int)room + 1),
        _ => room,
    };

    /// <summary>Up to <paramref name="count"/> different indices below <paramref name="held"/>, in any order.</summary>
    public int[] Choose(int held, int count)
    {
        int[] all = [.. Enumerable.Range(0, held)];
        count = Math.Min(held, count);
        for (int i = 0; i < count; i++)
        {
            int other = i + Next(held - i);
            (all[i], all[other]) = (all[other], all[i]);
        }

        return all[..count];
    }

    private DriverBuffer[] Buffers(int count, bool mayCross)
    {
        var buffers = new DriverBuffer[count];
        for (int i = 0; i < count; i++)
        {
            ulong address = mayCross && Next(8) == 0
                ? QueuePair.Border - (ulong)Next(40)
                : (ulong)Next((int)QueuePair.Border - 100);
            buffers[i] = new DriverBuffer(new GuestAddress(address), Next(8) == 0 ? 0 : (uint)(1 + Next(80)));
        }

        return buffers;
    }
}
