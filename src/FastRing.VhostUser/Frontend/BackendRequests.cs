using FastRing.Interop;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>The frontend's end of the channel on which the backend makes requests. One thread.</summary>
public sealed class BackendRequests : IDisposable
{
    private readonly OwnedFd _ours;
    private readonly ReceivedFds _noFds = new();
    private readonly byte[] _message = new byte[VhostUserHeader.SizeBytes + IotlbMessage.SizeInBytes];

    private BackendRequests(OwnedFd ours) => _ours = ours;

    /// <summary>The descriptor to wait for; non-blocking.</summary>
    public OwnedFd Fd => _ours;

    /// <summary>Makes a channel and gives its other end to the backend.</summary>
    /// <exception cref="VhostUserException">The backend refused it.</exception>
    public static BackendRequests Open(VhostUserFrontend frontend)
    {
        ArgumentNullException.ThrowIfNull(frontend);
        (OwnedFd ours, OwnedFd theirs) = UnixSocket.Pair();
        using (theirs)
        {
            try
            {
                ours.SetNonBlocking();
                frontend.SetBackendRequestFd(theirs);
            }
            catch
            {
                ours.Dispose();
                throw;
            }
        }

        return new BackendRequests(ours);
    }

    /// <summary>Takes the next request, if there is one.</summary>
    /// <param name="request">What the backend asks.</param>
    /// <param name="ring">The ring it is about, 0 where it is about none.</param>
    /// <exception cref="VhostUserException">The backend closed the channel or sent what no backend of this kind sends.</exception>
    public bool TryTake(out BackendRequest request, out int ring) => TryTake(out request, out ring, out _);

    /// <summary>Takes the next request, if there is one.</summary>
    /// <param name="request">What the backend asks.</param>
    /// <param name="ring">The ring it is about, 0 where it is about none.</param>
    /// <param name="iotlb">What <see cref="BackendRequest.Iotlb"/> says.</param>
    /// <exception cref="VhostUserException">The backend closed the channel or sent what no backend of this kind sends.</exception>
    public bool TryTake(out BackendRequest request, out int ring, out IotlbMessage iotlb)
    {
        request = BackendRequest.None;
        ring = 0;
        iotlb = default;
        nint read = Receive(_message.AsSpan(0, VhostUserHeader.SizeBytes));
        if (read == -Errno.EAGAIN)
        {
            return false;
        }

        // A backend sends a message whole, so whatever begins is there to its end.
        VhostUserHeader header = VhostUserHeader.Read(_message);
        int payload = (int)Math.Min(header.PayloadBytes, int.MaxValue);
        Span<byte> rest = _message.AsSpan(VhostUserHeader.SizeBytes);
        bool whole = read == VhostUserHeader.SizeBytes && header.IsRequest && payload <= rest.Length;
        if (!whole || (payload > 0 && Receive(rest[..payload]) != payload))
        {
            throw new VhostUserException(VhostUserRequest.SetBackendReqFd, $"the backend's channel ended ({header})");
        }

        request = (BackendRequest)header.Request;
        ring = payload == VringStatePayload.SizeBytes ? (int)VringStatePayload.Read(rest).Index : 0;
        iotlb = payload == IotlbMessage.SizeInBytes ? IotlbMessage.Read(rest) : default;
        return true;
    }

    /// <summary>Closes the channel.</summary>
    public void Dispose()
    {
        _noFds.Dispose();
        _ours.Dispose();
    }

    private nint Receive(Span<byte> destination)
    {
        nint read = ScmRights.Receive(_ours, destination, _noFds);
        _noFds.CloseAll();
        return read;
    }
}
