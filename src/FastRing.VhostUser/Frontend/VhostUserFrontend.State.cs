using System.Buffers.Binary;
using System.IO.Pipes;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <content>The device's state.</content>
public sealed partial class VhostUserFrontend
{
    private const int PieceBytes = 64 * 1024;

    /// <summary><c>SET_DEVICE_STATE_FD</c>: begins to save or load the state of a device whose rings are all stopped.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="fd">The backend's end of a pipe; stays the caller's, who closes it.</param>
    /// <returns>The caller's end, where the backend wants another pipe; null: that of the pipe suggested.</returns>
    /// <exception cref="VhostUserException">It refused: a ring runs, or the device has no state to give.</exception>
    public OwnedFd? SetDeviceStateFd(StateDirection direction, OwnedFd fd)
    {
        const VhostUserRequest Request = VhostUserRequest.SetDeviceStateFd;
        Span<byte> payload = stackalloc byte[DeviceStatePayload.SizeBytes];
        new DeviceStatePayload(direction, DeviceStatePayload.Stopped).Write(payload);
        _socket.Send(Request, needReply: false, payload, [fd]);
        ulong answer = BinaryPrimitives.ReadUInt64LittleEndian(Sized(Request, _socket.ReceiveReply(Request), sizeof(ulong)));
        if ((answer & DeviceStatePayload.ErrorMask) != 0)
        {
            throw new VhostUserException(Request, "the backend refused it; its log says why");
        }

        return (answer & DeviceStatePayload.NoDescriptorFlag) != 0 ? null : _socket.TakeFd() ?? throw new VhostUserException(Request, "the backend's descriptor is missing");
    }

    /// <summary><c>CHECK_DEVICE_STATE</c>: whether the state that was saved or loaded arrived. After its end was seen, or made.</summary>
    /// <exception cref="VhostUserException">It did not, or it is not one of this device.</exception>
    public void CheckDeviceState()
    {
        if (AskNumber(VhostUserRequest.CheckDeviceState) != 0)
        {
            throw new VhostUserException(VhostUserRequest.CheckDeviceState, "the backend refused it; its log says why");
        }
    }

    /// <summary>Fetches the state of a device whose rings are all stopped.</summary>
    /// <param name="maxBytes">More is an error.</param>
    /// <exception cref="VhostUserException">There is none to be had.</exception>
    public byte[] SaveDeviceState(int maxBytes = 64 << 20)
    {
        (OwnedFd read, OwnedFd write) = Pipe();
        using (read)
        {
            OwnedFd? other;
            using (write)
            {
                other = SetDeviceStateFd(StateDirection.Save, write);
            }

            using (other)
            {
                byte[] state = ReadToEnd(other ?? read, maxBytes);
                CheckDeviceState();
                return state;
            }
        }
    }

    /// <summary>Gives a device, none of whose rings has started, the state of another.</summary>
    /// <exception cref="VhostUserException">It does not take it.</exception>
    public void LoadDeviceState(ReadOnlySpan<byte> state)
    {
        (OwnedFd read, OwnedFd write) = Pipe();
        using (write)
        {
            OwnedFd? other;
            using (read)
            {
                other = SetDeviceStateFd(StateDirection.Load, read);
            }

            using (other)
            {
                WriteAll(other ?? write, state);
            }
        }

        CheckDeviceState();
    }

    private static (OwnedFd Read, OwnedFd Write) Pipe()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        OwnedFd read = OwnedFd.DuplicateOf((int)pipe.SafePipeHandle.DangerousGetHandle());
        OwnedFd write = OwnedFd.DuplicateOf((int)pipe.ClientSafePipeHandle.DangerousGetHandle());
        pipe.DisposeLocalCopyOfClientHandle();
        return (read, write);
    }

    private byte[] ReadToEnd(OwnedFd fd, int maxBytes)
    {
        var state = new MemoryStream();
        var piece = new byte[PieceBytes];
        using var wait = new StateWait(fd, EpollEvents.In, Timeout);
        while (true)
        {
            nint read = fd.Read(piece);
            if (read == 0)
            {
                return state.ToArray();
            }

            if (read > 0)
            {
                state.Write(piece.AsSpan(0, (int)read));
            }
            else if (read != -Errno.EAGAIN || !wait.IsReady())
            {
                throw new VhostUserException(VhostUserRequest.SetDeviceStateFd, $"the state does not arrive (errno {-read})");
            }

            if (state.Length > maxBytes)
            {
                throw new VhostUserException(VhostUserRequest.SetDeviceStateFd, $"the state has more than {maxBytes} bytes");
            }
        }
    }

    private void WriteAll(OwnedFd fd, ReadOnlySpan<byte> state)
    {
        using var wait = new StateWait(fd, EpollEvents.Out, Timeout);
        while (!state.IsEmpty)
        {
            nint written = fd.Write(state);
            if (written >= 0)
            {
                state = state[(int)written..];
            }
            else if (written == -Errno.EPIPE)
            {
                return; // It does not want more: CHECK_DEVICE_STATE says what became of it.
            }
            else if (written != -Errno.EAGAIN || !wait.IsReady())
            {
                throw new VhostUserException(VhostUserRequest.SetDeviceStateFd, $"the backend does not take the state (errno {-written})");
            }
        }
    }
}
