namespace FastRing.VhostUser.Protocol;

/// <summary>What an <see cref="IotlbMessage"/> says (vhost-user, "An IOTLB message", message types).</summary>
public enum IotlbMessageKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The backend needs a translation. (<c>VHOST_IOTLB_MISS</c>)</summary>
    Miss = 1,

    /// <summary>The frontend tells one. (<c>VHOST_IOTLB_UPDATE</c>)</summary>
    Update = 2,

    /// <summary>Translations no longer hold. (<c>VHOST_IOTLB_INVALIDATE</c>)</summary>
    Invalidate = 3,

    /// <summary>An access was not allowed. (<c>VHOST_IOTLB_ACCESS_FAIL</c>)</summary>
    AccessFail = 4,
}
