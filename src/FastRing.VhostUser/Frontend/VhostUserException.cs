using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>A backend did not do what a frontend asked, or is not there any more.</summary>
public sealed class VhostUserException : IOException
{
    /// <summary>Describes the failure as "SetVringNum: the backend refused it".</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="reason">What went wrong.</param>
    public VhostUserException(VhostUserRequest request, string reason)
        : base($"{request}: {reason}")
    {
        Request = request;
        Reason = reason;
    }

    /// <summary>What was asked.</summary>
    public VhostUserRequest Request { get; }

    /// <summary>What went wrong.</summary>
    public string Reason { get; }
}
