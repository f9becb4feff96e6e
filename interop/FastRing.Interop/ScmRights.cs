using System.Runtime.CompilerServices;

namespace FastRing.Interop;

/// <summary>Passes descriptors over AF_UNIX stream sockets: SCM_RIGHTS of unix(7). The one place that touches control messages.</summary>
public static class ScmRights
{
    private const int HeaderBytes = 16; // sizeof(struct cmsghdr); the descriptors follow, CMSG_DATA
    private const int ControlBytes = HeaderBytes + (((Libc.ScmMaxFds * sizeof(int)) + 7) & ~7); // CMSG_SPACE

    /// <summary>One sendmsg(2), without SIGPIPE; interruption by a signal is retried.</summary>
    /// <param name="socket">A stream socket.</param>
    /// <param name="bytes">At least one byte when descriptors go along: they ride on the first one.</param>
    /// <param name="fds">At most 253; they stay the caller's.</param>
    /// <param name="waits">False: never, whatever others have made of a socket that they share.</param>
    /// <returns>
    /// Bytes sent, or -errno. When fewer than asked were sent, all descriptors are gone with them: send the rest without.
    /// </returns>
    [SkipLocalsInit]
    public static unsafe nint Send(OwnedFd socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<OwnedFd> fds, bool waits = true)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (fds.Length > Libc.ScmMaxFds || (bytes.IsEmpty && !fds.IsEmpty))
        {
            return -Errno.EINVAL;
        }

        byte* control = stackalloc byte[ControlBytes];

        // SAFETY: control has room for ScmMaxFds descriptors, checked above, and stackalloc aligns it for its header;
        // the bytes are pinned for the call.
        fixed (byte* first = bytes)
        {
            IoVector vector = new((nint)first, (nuint)bytes.Length);
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1 };
            if (!fds.IsEmpty)
            {
                message.Control = control;
                message.ControlLength = WriteControl(control, fds);
            }

            nint sent;
            do
            {
                sent = Libc.sendmsg(socket.Fd, &message, Libc.MSG_NOSIGNAL | (waits ? 0 : Libc.MSG_DONTWAIT));
            }
            while (Libc.Interrupted(sent));
            KeepAlive(socket, fds);
            return Libc.BytesOrErrno(sent);
        }
    }

    /// <summary>One recvmsg(2); interruption by a signal is retried. Allocates nothing.</summary>
    /// <remarks>
    /// Ask for no more bytes than the message still has: one call may return the bytes of several messages, and then nobody
    /// can say to which of them a descriptor belonged.
    /// </remarks>
    /// <param name="socket">A stream socket, blocking or not.</param>
    /// <param name="buffer">At most this many bytes are read; must not be empty.</param>
    /// <param name="fds">
    /// Arriving descriptors are appended and owned by it from that instant, close-on-exec. When some were lost or do not
    /// fit, it closes them all and <see cref="ReceivedFds.Truncated"/> is set.
    /// </param>
    /// <param name="waits">As for <see cref="Send"/>.</param>
    /// <returns>Bytes read, 0 at end of file, or -errno.</returns>
    [SkipLocalsInit]
    public static unsafe nint Receive(OwnedFd socket, Span<byte> buffer, ReceivedFds fds, bool waits = true)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(fds);
        if (buffer.IsEmpty)
        {
            return -Errno.EINVAL;
        }

        byte* control = stackalloc byte[ControlBytes];

        // SAFETY: the kernel is told the sizes of both buffers; the span is pinned for the call.
        fixed (byte* first = buffer)
        {
            IoVector vector = new((nint)first, (nuint)buffer.Length);
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlBytes };
            nint received;
            do
            {
                received = Libc.recvmsg(socket.Fd, &message, Libc.MSG_CMSG_CLOEXEC | (waits ? 0 : Libc.MSG_DONTWAIT));
            }
            while (Libc.Interrupted(received));
            GC.KeepAlive(socket);
            if (received >= 0)
            {
                TakeControl(message, fds);
            }

            return Libc.BytesOrErrno(received);
        }
    }

    private static unsafe nuint WriteControl(byte* control, ReadOnlySpan<OwnedFd> fds)
    {
        // SAFETY: Send checked the count against the buffer's size.
        nuint length = HeaderBytes + ((nuint)fds.Length * sizeof(int));
        *(ControlHeader*)control = new ControlHeader { Length = length, Level = Libc.SOL_SOCKET, Type = Libc.SCM_RIGHTS };
        int* numbers = (int*)(control + HeaderBytes);
        for (int i = 0; i < fds.Length; i++)
        {
            numbers[i] = fds[i].Fd;
        }

        return length;
    }

    private static unsafe void TakeControl(in MessageHeader message, ReceivedFds fds)
    {
        // SAFETY: the kernel filled ControlLength bytes with whole records; a record is read only if it lies inside them.
        nuint offset = 0;
        bool lost = (message.Flags & Libc.MSG_CTRUNC) != 0;
        while (message.ControlLength - offset >= HeaderBytes)
        {
            ControlHeader* header = (ControlHeader*)(message.Control + offset);
            nuint left = message.ControlLength - offset;
            if (header->Length < HeaderBytes || header->Length > left)
            {
                break;
            }

            if (header->Level == Libc.SOL_SOCKET && header->Type == Libc.SCM_RIGHTS)
            {
                // The record says how many were installed; a short buffer's padding may have let in one more than asked.
                int count = (int)((header->Length - HeaderBytes) / sizeof(int));
                fds.Append(new ReadOnlySpan<int>(message.Control + offset + HeaderBytes, count), lost);
            }

            offset += Math.Min(left, (header->Length + 7) & ~(nuint)7);
        }

        if (lost)
        {
            fds.Append([], lost: true);
        }
    }

    private static void KeepAlive(OwnedFd socket, ReadOnlySpan<OwnedFd> fds)
    {
        GC.KeepAlive(socket);
        foreach (OwnedFd fd in fds)
        {
            GC.KeepAlive(fd);
        }
    }
}
