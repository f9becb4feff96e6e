namespace FastRing.VhostUser.Protocol;

/// <summary>What a frontend asks of a backend (vhost-user, "Front-end message types").</summary>
public enum VhostUserRequest : uint
{
    /// <summary>No request has this number.</summary>
    None = 0,

    /// <summary>Which features are offered? (<c>VHOST_USER_GET_FEATURES</c>)</summary>
    GetFeatures = 1,

    /// <summary>The driver's choice of features. (<c>VHOST_USER_SET_FEATURES</c>)</summary>
    SetFeatures = 2,

    /// <summary>The sender owns the session. (<c>VHOST_USER_SET_OWNER</c>)</summary>
    SetOwner = 3,

    /// <summary>Deprecated; ignored. (<c>VHOST_USER_RESET_OWNER</c>)</summary>
    ResetOwner = 4,

    /// <summary>The whole memory map, a descriptor for each region. (<c>VHOST_USER_SET_MEM_TABLE</c>)</summary>
    SetMemTable = 5,

    /// <summary>The log of pages written to. (<c>VHOST_USER_SET_LOG_BASE</c>)</summary>
    SetLogBase = 6,

    /// <summary>The descriptor that tells that the log was written to. (<c>VHOST_USER_SET_LOG_FD</c>)</summary>
    SetLogFd = 7,

    /// <summary>A ring's size. (<c>VHOST_USER_SET_VRING_NUM</c>)</summary>
    SetVringNum = 8,

    /// <summary>A ring's addresses. (<c>VHOST_USER_SET_VRING_ADDR</c>)</summary>
    SetVringAddr = 9,

    /// <summary>Where a ring goes on. (<c>VHOST_USER_SET_VRING_BASE</c>)</summary>
    SetVringBase = 10,

    /// <summary>Stop a ring and say where it stopped. (<c>VHOST_USER_GET_VRING_BASE</c>)</summary>
    GetVringBase = 11,

    /// <summary>The descriptor that tells of available buffers. (<c>VHOST_USER_SET_VRING_KICK</c>)</summary>
    SetVringKick = 12,

    /// <summary>The descriptor that tells of used buffers. (<c>VHOST_USER_SET_VRING_CALL</c>)</summary>
    SetVringCall = 13,

    /// <summary>The descriptor that tells of a broken ring. (<c>VHOST_USER_SET_VRING_ERR</c>)</summary>
    SetVringErr = 14,

    /// <summary>Which protocol features are offered? (<c>VHOST_USER_GET_PROTOCOL_FEATURES</c>)</summary>
    GetProtocolFeatures = 15,

    /// <summary>The frontend's choice of protocol features. (<c>VHOST_USER_SET_PROTOCOL_FEATURES</c>)</summary>
    SetProtocolFeatures = 16,

    /// <summary>How many queues are there? (<c>VHOST_USER_GET_QUEUE_NUM</c>)</summary>
    GetQueueNum = 17,

    /// <summary>Enable or disable a ring. (<c>VHOST_USER_SET_VRING_ENABLE</c>)</summary>
    SetVringEnable = 18,

    /// <summary>The socket for the backend's own requests. (<c>VHOST_USER_SET_BACKEND_REQ_FD</c>, formerly <c>SET_SLAVE_REQ_FD</c>)</summary>
    SetBackendReqFd = 21,

    /// <summary>How I/O virtual addresses translate, or no longer do. (<c>VHOST_USER_IOTLB_MSG</c>)</summary>
    IotlbMsg = 22,

    /// <summary>A ring's byte order, for legacy devices. (<c>VHOST_USER_SET_VRING_ENDIAN</c>)</summary>
    SetVringEndian = 23,

    /// <summary>Read the configuration space. (<c>VHOST_USER_GET_CONFIG</c>)</summary>
    GetConfig = 24,

    /// <summary>Write the configuration space. (<c>VHOST_USER_SET_CONFIG</c>)</summary>
    SetConfig = 25,

    /// <summary>Make a buffer to track inflight I/O in. (<c>VHOST_USER_GET_INFLIGHT_FD</c>)</summary>
    GetInflightFd = 31,

    /// <summary>The buffer to track inflight I/O in. (<c>VHOST_USER_SET_INFLIGHT_FD</c>)</summary>
    SetInflightFd = 32,

    /// <summary>Reset the device. (<c>VHOST_USER_RESET_DEVICE</c>)</summary>
    ResetDevice = 34,

    /// <summary>There are available buffers, said in band. (<c>VHOST_USER_VRING_KICK</c>)</summary>
    VringKick = 35,

    /// <summary>How many memory regions may there be? (<c>VHOST_USER_GET_MAX_MEM_SLOTS</c>)</summary>
    GetMaxMemSlots = 36,

    /// <summary>One region more. (<c>VHOST_USER_ADD_MEM_REG</c>)</summary>
    AddMemReg = 37,

    /// <summary>One region less. (<c>VHOST_USER_REM_MEM_REG</c>)</summary>
    RemMemReg = 38,

    /// <summary>The virtio device status. (<c>VHOST_USER_SET_STATUS</c>)</summary>
    SetStatus = 39,

    /// <summary>Read the device status back. (<c>VHOST_USER_GET_STATUS</c>)</summary>
    GetStatus = 40,

    /// <summary>The descriptor to save the device's state to or to load it from. (<c>VHOST_USER_SET_DEVICE_STATE_FD</c>)</summary>
    SetDeviceStateFd = 42,

    /// <summary>Did that work? (<c>VHOST_USER_CHECK_DEVICE_STATE</c>)</summary>
    CheckDeviceState = 43,
}
