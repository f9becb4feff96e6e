using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <summary>Does what one request asks.</summary>
internal delegate Outcome MessageHandler(Session session, ref Message message);

/// <summary>What one request must look like and who handles it.</summary>
/// <param name="Request">The request.</param>
/// <param name="MinBytes">Smallest payload.</param>
/// <param name="MaxBytes">Largest payload.</param>
/// <param name="MinFds">Fewest descriptors.</param>
/// <param name="MaxFds">Most descriptors.</param>
/// <param name="Needs">Protocol features without which the request is refused.</param>
/// <param name="HasReply">The reply carries data, so a refusal can't be told and ends the connection.</param>
/// <param name="Handler">Does it.</param>
internal sealed record MessageRow(
    VhostUserRequest Request, int MinBytes, int MaxBytes, int MinFds, int MaxFds, ProtocolFeatures Needs, bool HasReply, MessageHandler Handler)
{
    /// <summary>The reply is an acknowledgement, which is sent unasked: only a frontend that asks for it reads what it says.</summary>
    public bool ReplyAcknowledges { get; init; }

    public bool AllowsPayload(uint bytes) => bytes >= (uint)MinBytes && bytes <= (uint)MaxBytes;

    public bool AllowsFds(int count) => count >= MinFds && count <= MaxFds;
}
