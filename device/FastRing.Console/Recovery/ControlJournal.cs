using System.Buffers.Binary;
using FastRing.Console.Spec;
using FastRing.Memory;

namespace FastRing.Console.Recovery;

/// <summary>
/// The control messages the driver sent last: stored before their buffers are given back, as it goes on at once then, and before anybody has looked at them. A record of the device says
/// how many messages are in it; those it lacks are here, if the ring says that their buffers are the driver's.
/// </summary>
/// <param name="area">Where.</param>
/// <param name="layout">Where in it.</param>
internal sealed class ControlJournal(RecoveryArea area, AreaLayout layout)
{
    /// <summary>Messages of an entry.</summary>
    public const int MostMessages = 16;

    /// <summary>le64 number of the entry (last), le32 base before, le32 base after, le64 number of the first message, le32 messages, and the messages.</summary>
    public const int SizeBytes = HeaderBytes + (MostMessages * ControlMessage.SizeBytes);

    private const int HeaderBytes = 32;
    private ulong _sequence;

    /// <summary>Kills: before the number is stored, the ring is where it was and the entry before counts; after it, until the publication, the ring is at <paramref name="before"/>.</summary>
    public void Write(uint before, uint after, ulong first, ReadOnlySpan<ControlMessage> messages)
    {
        Span<byte> entry = stackalloc byte[SizeBytes];
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], before);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], after);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], first);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], (uint)messages.Length);
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i].Write(entry[(HeaderBytes + (i * ControlMessage.SizeBytes))..]);
        }

        int start = layout.Journal((int)(++_sequence % 2));
        area.Write(start + sizeof(ulong), entry[sizeof(ulong)..]);
        area.Store(start, _sequence);
    }

    /// <summary>What a process that was killed left.</summary>
    /// <param name="at">Where the driver's ring is.</param>
    /// <param name="handled">Messages that are in the record.</param>
    /// <returns>The messages that are neither in the record nor on the ring.</returns>
    public ControlMessage[] Read(uint? at, ulong handled)
    {
        Span<byte> entry = stackalloc byte[SizeBytes];
        Span<byte> other = stackalloc byte[SizeBytes];
        area.Read(layout.Journal(0), entry);
        area.Read(layout.Journal(1), other);
        if (BinaryPrimitives.ReadUInt64LittleEndian(other) > BinaryPrimitives.ReadUInt64LittleEndian(entry))
        {
            entry = other;
        }

        _sequence = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
        int count = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]), MostMessages);
        bool isPublished = at is null || at == BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
        if (_sequence == 0 || !isPublished || first > handled || handled - first >= (ulong)count)
        {
            return [];
        }

        var messages = new ControlMessage[count - (int)(handled - first)];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = ControlMessage.Read(entry[(HeaderBytes + ((count - messages.Length + i) * ControlMessage.SizeBytes))..]);
        }

        return messages;
    }
}
