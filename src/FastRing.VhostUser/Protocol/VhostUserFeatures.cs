namespace FastRing.VhostUser.Protocol;

/// <summary>Feature bits that vhost-user adds to those of virtio.</summary>
public static class VhostUserFeatures
{
    /// <summary>Pages written to are marked in the log. (<c>VHOST_F_LOG_ALL</c>, bit 26)</summary>
    public const ulong LogAll = 1UL << 26;

    /// <summary>There are protocol features, and rings begin disabled. (<c>VHOST_USER_F_PROTOCOL_FEATURES</c>, bit 30)</summary>
    public const ulong ProtocolFeatures = 1UL << 30;
}
