using FastRing.Interop;
using FastRing.VfioUser.Protocol;

namespace FastRing.VfioUser.Server;

/// <summary>Commands about interrupts.</summary>
internal static class IrqCommands
{
    public static int Set(ClientSession session, ref Command command)
    {
        var set = IrqSet.Read(command.Payload);
        ReadOnlySpan<byte> data = command.Payload[IrqSet.Bytes..];
        uint count = set.Index < PciIrq.Count ? session.Interrupts.Count(set.Index) : 0;
        bool isRange = set.Start <= count && set.Count <= count - set.Start;
        bool hasData = data.Length == (set.Data == IrqSet.DataBool ? set.Count : 0);
        if (set.ArgumentBytes < IrqSet.Bytes || !set.HasValidFlags || count == 0 || !isRange || !hasData)
        {
            return Errno.EINVAL;
        }

        return set.Data == IrqSet.DataEventFd ? SetDescriptors(session, set, command.Fds)
            : command.Fds.Count > 0 ? Errno.EINVAL
            : set is { Data: IrqSet.DataNone, Action: IrqSet.ActionTrigger, Count: 0 } ? Disable(session, set, count)
            : Act(session, set, data);
    }

    /// <summary>A descriptor for each of them, or none for any.</summary>
    private static int SetDescriptors(ClientSession session, in IrqSet set, ReceivedFds fds)
    {
        if (set.Action != IrqSet.ActionTrigger || (fds.Count != 0 && fds.Count != (int)set.Count))
        {
            return Errno.EINVAL;
        }

        var descriptors = new EventFd?[set.Count];
        for (int i = 0; i < fds.Count; i++)
        {
            descriptors[i] = TryAdopt(fds.Take(i));
            if (descriptors[i] is null)
            {
                Array.ForEach(descriptors, static d => d?.Dispose());
                return Errno.EINVAL;
            }
        }

        for (int i = 0; i < descriptors.Length; i++)
        {
            session.Interrupts.Set(set.Index, set.Start + (uint)i, descriptors[i]);
        }

        return 0;
    }

    private static int Disable(ClientSession session, in IrqSet set, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            session.Interrupts.Set(set.Index, i, null);
        }

        return 0;
    }

    private static int Act(ClientSession session, in IrqSet set, ReadOnlySpan<byte> data)
    {
        if (set.Action != IrqSet.ActionTrigger && set.Index != PciIrq.Intx)
        {
            return Errno.EINVAL; // Only INTx is said to be maskable.
        }

        for (uint i = 0; i < set.Count; i++)
        {
            if (set.Data == IrqSet.DataBool && data[(int)i] == 0)
            {
                continue;
            }

            if (set.Action == IrqSet.ActionTrigger)
            {
                session.Interrupts.Trigger(set.Index, set.Start + i);
            }
            else
            {
                session.Interrupts.SetIntxMasked(set.Action == IrqSet.ActionMask);
            }
        }

        return 0;
    }

    private static EventFd? TryAdopt(OwnedFd fd)
    {
        try
        {
            if (!fd.IsStorage()) // Writing would wait for as long as it likes.
            {
                return EventFd.Adopt(fd);
            }
        }
        catch (LinuxException)
        {
        }

        fd.Dispose();
        return null;
    }
}
