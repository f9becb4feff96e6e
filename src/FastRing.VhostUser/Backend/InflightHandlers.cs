using FastRing.Devices.Recovery;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about the buffer that tracks inflight I/O.</summary>
internal static class InflightHandlers
{
    /// <summary>Makes one. The frontend has it, and nobody else, until it is set; that there is none is an answer too, with 0 bytes.</summary>
    public static Outcome GetInflightFd(Session session, ref Message message)
    {
        InflightPayload wanted = InflightPayload.Read(message.Payload);
        var made = new InflightPayload(0, 0, wanted.Queues, wanted.QueueSize);
        string? why = TryLayout(session, wanted, out InflightLayout layout);
        try
        {
            if (why is null)
            {
                message.ReplyFd = InflightArea.Create(layout, session.Device.DeviceId);
                made = made with { SizeBytes = (ulong)layout.SizeBytes };
            }
        }
        catch (LinuxException e)
        {
            why = e.Message;
        }

        if (why is not null)
        {
            session.Counters.Reject(RejectionReason.Refused);
            session.Log.Rejected(VhostUserRequest.GetInflightFd, RejectionReason.Refused, why);
        }

        made.Write(message.BeginReply(message.Payload.Length));
        return Outcome.Replied;
    }

    public static Outcome SetInflightFd(Session session, ref Message message)
    {
        InflightPayload payload = InflightPayload.Read(message.Payload);
        using OwnedFd file = message.Fds.Take(0);
        string? why = TryLayout(session, payload, out InflightLayout layout)
            ?? (payload.SizeBytes != (ulong)layout.SizeBytes ? $"mmap size: {payload.SizeBytes} instead of {layout.SizeBytes}" : null)
            ?? (!session.HasFeatures ? "before the features" : null)
            ?? (!session.IsSuspended ? "rings run" : null);
        if (why is not null)
        {
            return Outcome.Refused(why);
        }

        try
        {
            why = session.Track(InflightArea.Map(file, payload.FileOffset, layout));
        }
        catch (Exception e) when (e is ArgumentException or LinuxException or OverflowException)
        {
            why = $"the area can't be mapped: {e.Message}";
        }

        return why is null ? Outcome.Done : Outcome.Refused(why);
    }

    private static string? TryLayout(Session session, in InflightPayload payload, out InflightLayout layout)
    {
        layout = default;
        if (payload.Queues == 0 || payload.Queues > session.Rings.Length)
        {
            return $"num_queues: {payload.Queues}, the device has {session.Rings.Length}";
        }

        if (payload.QueueSize is 0 or > 32768)
        {
            return $"queue_size: {payload.QueueSize}, a ring has 1 to 32768 entries";
        }

        layout = new InflightLayout(payload.Queues, payload.QueueSize, (session.Device as IRecoverableDevice)?.RecoveryBytes ?? 0);
        return null;
    }
}
