using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Requests about the log of dirty pages (vhost-user, "Migration").</summary>
internal static class LogHandlers
{
    /// <summary>Enough for 128 TiB of guest addresses, all a processor has; more would only take this process' address space.</summary>
    private const ulong MaxLogBytes = 1UL << 32;

    public static Outcome SetLogBase(Session session, ref Message message)
    {
        LogPayload payload = LogPayload.Read(message.Payload);
        if (payload.SizeBytes > MaxLogBytes)
        {
            return Outcome.Refused("a log of more bytes than guests have pages for");
        }

        DirtyLog log;
        using OwnedFd file = message.Fds.Take(0);
        try
        {
            log = DirtyLog.Map(file, payload.FileOffset, payload.SizeBytes);
        }
        catch (Exception e) when (e is ArgumentException or LinuxException or OverflowException)
        {
            return Outcome.Refused($"the log can't be mapped: {e.Message}");
        }

        if (MemoryLog.WhyTooSmall(log, session.Memory.Current) is { } why)
        {
            log.Dispose();
            return Outcome.Refused(why);
        }

        session.Pause();
        session.MemoryLog.Replace(log);
        session.Resume();
        return message.Reply(0);
    }

    public static Outcome SetLogFd(Session session, ref Message message)
    {
        OwnedFd fd = message.Fds.Take(0);
        try
        {
            if (!fd.IsStorage()) // Writing would wait for as long as it likes.
            {
                session.MemoryLog.SetChanged(EventFd.Adopt(fd));
                return Outcome.Done;
            }
        }
        catch (LinuxException)
        {
        }

        fd.Dispose();
        return Outcome.Refused("the descriptor can't be used for notifications");
    }
}
