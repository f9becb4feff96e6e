namespace FastRing.Host.Attaching;

/// <summary>How an attachment ended.</summary>
internal enum AttachEnd
{
    /// <summary>The other side ended the connection, or is quiet for long enough after our input ended.</summary>
    PortEnded,

    /// <summary>The user left by the escape key.</summary>
    Left,
}
