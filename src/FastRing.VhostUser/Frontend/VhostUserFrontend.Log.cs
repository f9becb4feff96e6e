using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <content>The log of dirty pages.</content>
public sealed partial class VhostUserFrontend
{
    /// <summary><c>SET_LOG_BASE</c>: the log, of which <see cref="VhostUserFeatures.LogAll"/> and <see cref="VringAddresses.IsLogged"/> say what is marked in it.</summary>
    /// <param name="file">Its file; <see cref="DirtyPages"/> has one.</param>
    /// <param name="sizeBytes">Its size in bytes.</param>
    /// <param name="fileOffset">Where it begins in the file.</param>
    public void SetLogBase(OwnedFd file, ulong sizeBytes, ulong fileOffset = 0)
    {
        const VhostUserRequest Request = VhostUserRequest.SetLogBase;
        Span<byte> payload = stackalloc byte[LogPayload.Bytes];
        new LogPayload(sizeBytes, fileOffset).Write(payload);
        _socket.Send(Request, needReply: (ProtocolFeatures & ProtocolFeatures.ReplyAck) != 0, payload, [file]);
        ReadOnlySpan<byte> reply = _socket.ReceiveReply(Request); // There is one in any case; some backends put nothing in it.
        if (reply.Length == sizeof(ulong) && BinaryPrimitives.ReadUInt64LittleEndian(reply) != 0)
        {
            throw new VhostUserException(Request, "the backend refused it; its log says why");
        }
    }

    /// <summary><c>SET_LOG_FD</c>: signalled when something was marked.</summary>
    public void SetLogFd(OwnedFd changed) => Tell(VhostUserRequest.SetLogFd, [], [changed]);
}
