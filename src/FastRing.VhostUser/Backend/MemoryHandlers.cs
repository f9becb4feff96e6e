using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about guest memory. Rings are stopped while the map changes; those whose areas are still there go on where they were.</summary>
internal static class MemoryHandlers
{
    private const string Overlap = "regions overlap";
    private const string TooMuch = "more memory than this backend maps";

    public static Outcome GetMaxMemSlots(Session session, ref Message message) => message.Reply(MemoryTable.MaxSlots);

    public static Outcome SetMemTable(Session session, ref Message message)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(message.Payload);
        if (count > MemoryRegion.MaxInTable || message.Payload.Length < sizeof(ulong) + ((int)count * MemoryRegion.PayloadBytes))
        {
            return Outcome.Malformed("number of regions");
        }

        if (message.Fds.Count != (int)count)
        {
            return Outcome.Malformed("a region needs a descriptor of its own");
        }

        var slots = new List<MemorySlot>((int)count);
        Outcome mapped = MapAll(session.Memory, ref message, slots);
        return mapped.Kind == OutcomeKind.Done ? Change(session, slots, slots) : mapped;
    }

    public static Outcome AddMemReg(Session session, ref Message message)
    {
        MemoryRegion region = MemoryRegion.Read(message.Payload[sizeof(ulong)..]);
        if (session.Memory.Slots.Count >= MemoryTable.MaxSlots)
        {
            return Outcome.Refused("no slot left");
        }

        if (!session.Memory.HasRoomFor(region.SizeBytes, replacesAll: false))
        {
            return Outcome.Refused(TooMuch);
        }

        using OwnedFd file = message.Fds.Take(0);
        MemorySlot? slot = MemorySlot.TryMap(region, file, session.Memory.Seals, out string problem);
        return slot is null ? Outcome.Refused(problem) : Change(session, [.. session.Memory.Slots, slot], [slot]);
    }

    public static Outcome RemMemReg(Session session, ref Message message)
    {
        MemoryRegion region = MemoryRegion.Read(message.Payload[sizeof(ulong)..]);
        var slots = new List<MemorySlot>(session.Memory.Slots);
        int index = slots.FindIndex(slot => slot.Is(region));
        if (index < 0)
        {
            return Outcome.Refused("there is no such region");
        }

        slots.RemoveAt(index);
        return Change(session, slots, []);
    }

    private static Outcome MapAll(MemoryTable table, ref Message message, List<MemorySlot> slots)
    {
        ulong total = 0;
        for (int i = 0; i < message.Fds.Count; i++)
        {
            MemoryRegion region = MemoryRegion.Read(message.Payload[(sizeof(ulong) + (i * MemoryRegion.PayloadBytes))..]);
            total = region.SizeBytes > ulong.MaxValue - total ? ulong.MaxValue : total + region.SizeBytes;
            string problem = TooMuch;
            using OwnedFd file = message.Fds.Take(i);
            if (!table.HasRoomFor(total, replacesAll: true) || MemorySlot.TryMap(region, file, table.Seals, out problem) is not { } slot)
            {
                Release(slots);
                return Outcome.Refused(problem);
            }

            slots.Add(slot);
        }

        return Outcome.Done;
    }

    private static Outcome Change(Session session, List<MemorySlot> slots, List<MemorySlot> added)
    {
        if (session.MemoryLog.IsOn && WhyNotLogged(session, slots) is { } why)
        {
            Release(added);
            return Outcome.Refused(why);
        }

        session.Pause();
        bool replaced = session.Memory.TryReplace(slots);
        session.Translations.Rebind();
        if (!replaced)
        {
            Release(added);
        }

        session.Resume();
        return replaced ? Outcome.Done : Outcome.Refused(Overlap);
    }

    private static string? WhyNotLogged(Session session, List<MemorySlot> slots)
    {
        MemorySlot? last = slots.MaxBy(slot => slot.Region.GuestBase.Value);
        using GuestMemory? memory = last is null ? null : new GuestMemory(last.Region);
        return session.MemoryLog.WhyTooSmall(memory);
    }

    private static void Release(List<MemorySlot> slots)
    {
        foreach (MemorySlot slot in slots)
        {
            slot.Dispose();
        }
    }
}
