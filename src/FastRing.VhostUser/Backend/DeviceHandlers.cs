using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about the device as a whole.</summary>
internal static class DeviceHandlers
{
    private const ulong MaxStatus = 0xff; // virtio 1.2, 2.1: one byte

    public static Outcome SetBackendReqFd(Session session, ref Message message)
    {
        if (!session.Channel.TryReplace(message.Fds.Take(0)))
        {
            return Outcome.Refused("no socket");
        }

        session.Translations.AskAgain();
        return Outcome.Done;
    }

    public static Outcome ResetDevice(Session session, ref Message message)
    {
        session.Reset();
        return Outcome.Done;
    }

    /// <summary>
    /// Status 0 is a reset, except for a frontend that can ask for one with RESET_DEVICE: QEMU sets the status to 0 whenever it
    /// stops the rings, also when it only pauses the guest.
    /// </summary>
    public static Outcome SetStatus(Session session, ref Message message)
    {
        if (message.Number > MaxStatus)
        {
            return Outcome.Refused("no device status");
        }

        session.Status = message.Number;
        if (session.Status == 0 && (session.ProtocolFeatures & ProtocolFeatures.ResetDevice) == 0)
        {
            session.Reset();
        }

        return Outcome.Done;
    }

    public static Outcome GetStatus(Session session, ref Message message) => message.Reply(session.Status);
}
