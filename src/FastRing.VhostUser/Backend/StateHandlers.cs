using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about the device's state (vhost-user, "Migrating back-end state"). Their answers say themselves that it can't be.</summary>
internal static class StateHandlers
{
    private const ulong Failed = 1;

    public static Outcome SetDeviceStateFd(Session session, ref Message message)
    {
        DeviceStatePayload payload = DeviceStatePayload.Read(message.Payload);
        OwnedFd fd = message.Fds.Take(0);
        session.StateTransfer?.Dispose();
        session.StateTransfer = null;
        string? why = payload.Phase != DeviceStatePayload.Stopped ? "a phase nobody defined"
            : payload.Direction is not (StateDirection.Save or StateDirection.Load) ? "a direction nobody defined"
            : !session.IsSuspended ? "rings run"
            : null;
        if (why is not null)
        {
            fd.Dispose();
        }
        else
        {
            session.StateTransfer = StateTransfer.TryBegin(session, payload.Direction, fd, out why);
        }

        return Answer(session, ref message, VhostUserRequest.SetDeviceStateFd, why, DeviceStatePayload.NoDescriptorFlag);
    }

    /// <summary>The frontend has seen the end of the state, or made it.</summary>
    public static Outcome CheckDeviceState(Session session, ref Message message)
    {
        string? why = session.StateTransfer is { } transfer ? transfer.End() : "no state was on its way";
        session.StateTransfer = null;
        return Answer(session, ref message, VhostUserRequest.CheckDeviceState, why, 0);
    }

    private static Outcome Answer(Session session, ref Message message, VhostUserRequest request, string? why, ulong flags)
    {
        if (why is not null)
        {
            session.Counters.Reject(RejectionReason.Refused);
            session.Log.Rejected(request, RejectionReason.Refused, why);
        }

        return message.Reply(flags | (why is null ? 0 : Failed));
    }
}
