namespace FastRing.VhostUser.Backend;

/// <summary>Why a backend did not do what a message asked. All but the last two kinds end the connection.</summary>
public enum RejectionReason
{
    /// <summary>The header has another version, the reply bit, or bits nobody defined.</summary>
    Header,

    /// <summary>The payload has not the size the request demands, or is above 4096 bytes.</summary>
    PayloadSize,

    /// <summary>Too many descriptors came along, or too few.</summary>
    DescriptorCount,

    /// <summary>The kernel had no room for all descriptors of the message (MSG_CTRUNC).</summary>
    DescriptorsLost,

    /// <summary>The payload contradicts itself.</summary>
    Payload,

    /// <summary>The message was not complete within its deadline.</summary>
    Timeout,

    /// <summary>The frontend left in the middle of a message.</summary>
    CutOff,

    /// <summary>The frontend does not read its replies.</summary>
    ReplyNotRead,

    /// <summary>An unexpected failure of our own, or of the device.</summary>
    Fault,

    /// <summary>The backend does not know the request; acknowledged as failed when the frontend asked, else ignored.</summary>
    UnknownRequest,

    /// <summary>
    /// Well formed but not to be done, such as a ring that does not exist; acknowledged as failed when the frontend asked. Ends the
    /// connection after all when the answer would have to carry data.
    /// </summary>
    Refused,
}
