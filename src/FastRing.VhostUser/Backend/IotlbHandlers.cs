using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about how I/O virtual addresses translate (vhost-user, "IOMMU support").</summary>
internal static class IotlbHandlers
{
    private const ulong PageMask = 4095; // No IOMMU has smaller pages.

    public static Outcome Iotlb(Session session, ref Message message)
    {
        IotlbMessage told = IotlbMessage.Read(message.Payload);
        if (!session.Translations.AreUsed)
        {
            return Outcome.Refused("ACCESS_PLATFORM was not negotiated");
        }

        return told.Kind switch
        {
            IotlbMessageKind.Update => Update(session, told),
            IotlbMessageKind.Invalidate => Invalidate(session, told),
            _ => Outcome.Refused("no IOTLB message a frontend sends"),
        };
    }

    private static Outcome Update(Session session, in IotlbMessage told)
    {
        if (told.Access is IotlbAccess.None or > IotlbAccess.ReadWrite)
        {
            return Outcome.Refused("an IOTLB entry with permissions nobody defined");
        }

        if (told.SizeBytes == 0 || ((told.Address | told.SizeBytes | told.Frontend.Value) & PageMask) != 0)
        {
            return Outcome.Refused("an IOTLB entry that is no pages");
        }

        if (told.SizeBytes - 1 > ulong.MaxValue - told.Address)
        {
            return Outcome.Refused("an IOTLB entry that wraps around");
        }

        if (session.Memory.Current is not { } memory || !memory.TryTranslate(told.Frontend, told.SizeBytes, out nint host))
        {
            return Outcome.Refused("an IOTLB entry that is not in one memory region");
        }

        session.Counters.IotlbUpdates++;
        session.Translations.Update(told, host);
        return Outcome.Done;
    }

    /// <summary>Whatever it says: to forget too much costs a question, to forget too little would leave the device what was taken from it. A size of 0 is 2^64.</summary>
    private static Outcome Invalidate(Session session, in IotlbMessage told)
    {
        session.Counters.IotlbInvalidations++;
        session.Translations.Invalidate(IovaRange.Of(told.Address, told.SizeBytes));
        return Outcome.Done;
    }
}
