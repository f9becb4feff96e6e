namespace FastRing.VhostUser.Protocol;

/// <summary>What a backend asks of a frontend, on the channel of its own (vhost-user, "Back-end message types").</summary>
public enum BackendRequest : uint
{
    /// <summary>No request has this number.</summary>
    None = 0,

    /// <summary>A translation of an I/O virtual address is needed. (<c>VHOST_USER_BACKEND_IOTLB_MSG</c>)</summary>
    Iotlb = 1,

    /// <summary>The configuration space changed. (<c>VHOST_USER_BACKEND_CONFIG_CHANGE_MSG</c>)</summary>
    ConfigChange = 2,

    /// <summary>Buffers of a ring were used, said in band. (<c>VHOST_USER_BACKEND_VRING_CALL</c>)</summary>
    VringCall = 4,

    /// <summary>A ring is broken, said in band. (<c>VHOST_USER_BACKEND_VRING_ERR</c>)</summary>
    VringErr = 5,
}
