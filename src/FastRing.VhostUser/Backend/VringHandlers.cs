using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about one ring.</summary>
internal static class VringHandlers
{
    private static readonly Outcome NoSuchRing = Outcome.Refused("there is no such ring");
    private static readonly Outcome BadDescriptor = Outcome.Refused("the descriptor can't be used for notifications");

    public static Outcome SetNum(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out Vring ring))
        {
            return NoSuchRing;
        }

        if (!RingLayout.IsValidSize(state.Value, session.Features))
        {
            return Outcome.Refused("no size for a ring");
        }

        if (session.Inflight is { } area && !area.Fits(ring.Index, state.Value))
        {
            return Outcome.Refused("the inflight area has no region for such a ring");
        }

        ring.SetSize(state.Value);
        return Outcome.Done;
    }

    public static Outcome SetAddr(Session session, ref Message message)
    {
        VringAddresses addresses = VringAddresses.Read(message.Payload, out uint index);
        if (!session.TryRing(index, out Vring ring))
        {
            return NoSuchRing;
        }

        return session.MemoryLog.WhyOutside(addresses, ring.Size, session.Features) is { } why
            ? Outcome.Refused(why) : Started(ring.SetAddresses(addresses));
    }

    public static Outcome SetBase(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out Vring ring))
        {
            return NoSuchRing;
        }

        if (state.Value > ushort.MaxValue && (session.Features & VirtioFeatures.RingPacked) == 0)
        {
            return Outcome.Refused("no index of a split ring");
        }

        ring.Halt();
        if (ring.IsDeparture(state.Value))
        {
            session.Depart(ring);
        }

        ring.SetBase(state.Value);
        return Outcome.Done;
    }

    public static Outcome GetBase(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out Vring ring))
        {
            return NoSuchRing;
        }

        new VringStatePayload(state.Index, ring.TakeBase()).Write(message.BeginReply(VringStatePayload.SizeBytes));
        session.Translations.ForgetUnlessUsed();
        return Outcome.Replied;
    }

    public static Outcome SetKick(Session session, ref Message message)
    {
        Outcome outcome = TakeDescriptor(session, ref message, out Vring ring, out OwnedFd? descriptor);
        if (outcome.Kind != OutcomeKind.Done)
        {
            return outcome;
        }

        return ring.TrySetKick(descriptor, out VirtqueueError error) ? Started(error) : BadDescriptor;
    }

    public static Outcome SetCall(Session session, ref Message message)
    {
        Outcome outcome = TakeEvent(session, ref message, out Vring ring, out EventFd? call);
        if (outcome.Kind == OutcomeKind.Done)
        {
            ring.SetCall(call);
        }

        return outcome;
    }

    public static Outcome SetErr(Session session, ref Message message)
    {
        Outcome outcome = TakeEvent(session, ref message, out Vring ring, out EventFd? error);
        if (outcome.Kind == OutcomeKind.Done)
        {
            ring.Notifier.SetError(error);
        }

        return outcome;
    }

    public static Outcome SetEnable(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out Vring ring))
        {
            return NoSuchRing;
        }

        return state.Value > 1 ? Outcome.Refused("neither on nor off") : Started(ring.SetEnabled(state.Value == 1));
    }

    public static Outcome SetEndian(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out _))
        {
            return NoSuchRing;
        }

        return state.Value == 0 ? Outcome.Done : Outcome.Refused("rings are little endian");
    }

    public static Outcome Kick(Session session, ref Message message)
    {
        VringStatePayload state = VringStatePayload.Read(message.Payload);
        if (!session.TryRing(state.Index, out Vring ring))
        {
            return NoSuchRing;
        }

        ring.Kick();
        return Outcome.Done;
    }

    private static Outcome Started(VirtqueueError error) =>
        error == VirtqueueError.None ? Outcome.Done : Outcome.Refused("the ring can't be set up");

    private static Outcome TakeDescriptor(Session session, ref Message message, out Vring ring, out OwnedFd? descriptor)
    {
        descriptor = null;
        var payload = new VringDescriptorPayload(message.Number);
        bool exists = session.TryRing(payload.Index, out ring);
        if (payload.HasDescriptor != (message.Fds.Count == 1))
        {
            return Outcome.Malformed("number of descriptors");
        }

        if (!exists)
        {
            return NoSuchRing;
        }

        descriptor = payload.HasDescriptor ? message.Fds.Take(0) : null;
        return Outcome.Done;
    }

    private static Outcome TakeEvent(Session session, ref Message message, out Vring ring, out EventFd? descriptor)
    {
        Outcome outcome = TakeDescriptor(session, ref message, out ring, out OwnedFd? taken);
        descriptor = null;
        if (outcome.Kind != OutcomeKind.Done || taken is null)
        {
            return outcome;
        }

        try
        {
            if (taken.IsStorage()) // Writing would wait for as long as it likes.
            {
                taken.Dispose();
                return BadDescriptor;
            }

            descriptor = EventFd.Adopt(taken);
            return outcome;
        }
        catch (LinuxException)
        {
            taken.Dispose();
            return BadDescriptor;
        }
    }
}
