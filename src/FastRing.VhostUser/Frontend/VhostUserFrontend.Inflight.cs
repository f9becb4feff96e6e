using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <content>The buffer that tracks inflight I/O.</content>
public sealed partial class VhostUserFrontend
{
    /// <summary><c>GET_INFLIGHT_FD</c>: has the backend make a buffer, of which it knows nothing until it is set.</summary>
    /// <param name="queues">Queues it is for.</param>
    /// <param name="queueSize">Entries they have at the most.</param>
    /// <returns>The caller's.</returns>
    /// <exception cref="VhostUserException">The backend has none for that.</exception>
    public InflightBuffer GetInflightFd(ushort queues, ushort queueSize)
    {
        const VhostUserRequest Request = VhostUserRequest.GetInflightFd;
        if ((ProtocolFeatures & ProtocolFeatures.InflightSharedMemory) == 0)
        {
            throw new VhostUserException(Request, "the backend tracks nothing, or was not asked to");
        }

        Span<byte> payload = stackalloc byte[InflightPayload.PaddedBytes];
        new InflightPayload(0, 0, queues, queueSize).Write(payload);
        using Lock.Scope turn = _turn.EnterScope();
        _socket.Send(Request, needReply: false, payload, []);
        InflightPayload made = InflightPayload.Read(Sized(Request, _socket.ReceiveReply(Request), payload.Length));
        OwnedFd? file = _socket.TakeFd();
        if (file is null || made.SizeBytes == 0)
        {
            file?.Dispose();
            throw new VhostUserException(Request, "the backend refused it; its log says why");
        }

        return new InflightBuffer(file, made.SizeBytes, made.FileOffset, made.Queues, made.QueueSize);
    }

    /// <summary><c>SET_INFLIGHT_FD</c>: gives the backend a buffer that it made, or one before it. After the features, and before any ring starts.</summary>
    public void SetInflightFd(InflightBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Span<byte> payload = stackalloc byte[InflightPayload.PaddedBytes];
        new InflightPayload(buffer.SizeBytes, buffer.FileOffset, buffer.Queues, buffer.QueueSize).Write(payload);
        Tell(VhostUserRequest.SetInflightFd, payload, [buffer.File]);
    }
}
