namespace FastRing.VhostUser.Protocol;

/// <summary>Extensions of the protocol that both sides must want (vhost-user, "Protocol features").</summary>
[Flags]
public enum ProtocolFeatures : ulong
{
    /// <summary>The protocol of 2014.</summary>
    None = 0,

    /// <summary>The backend says how many queues it has. (<c>VHOST_USER_PROTOCOL_F_MQ</c>, bit 0)</summary>
    MultiQueue = 1UL << 0,

    /// <summary>Pages written by the backend are marked in a log that both share. (<c>VHOST_USER_PROTOCOL_F_LOG_SHMFD</c>, bit 1)</summary>
    LogSharedMemory = 1UL << 1,

    /// <summary>Any request may ask for an acknowledgement. (<c>VHOST_USER_PROTOCOL_F_REPLY_ACK</c>, bit 3)</summary>
    ReplyAck = 1UL << 3,

    /// <summary>The backend has a channel for requests of its own. (<c>VHOST_USER_PROTOCOL_F_BACKEND_REQ</c>, bit 5)</summary>
    BackendRequests = 1UL << 5,

    /// <summary>The backend owns the configuration space. (<c>VHOST_USER_PROTOCOL_F_CONFIG</c>, bit 9)</summary>
    Config = 1UL << 9,

    /// <summary>What is in flight is tracked in memory that the frontend keeps, so that another backend can go on. (<c>VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD</c>, bit 12)</summary>
    InflightSharedMemory = 1UL << 12,

    /// <summary>The device can be reset by request. (<c>VHOST_USER_PROTOCOL_F_RESET_DEVICE</c>, bit 13)</summary>
    ResetDevice = 1UL << 13,

    /// <summary>Notifications may be messages. (<c>VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS</c>, bit 14)</summary>
    InbandNotifications = 1UL << 14,

    /// <summary>Memory regions come and go one by one. (<c>VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS</c>, bit 15)</summary>
    ConfigureMemSlots = 1UL << 15,

    /// <summary>The device status is passed on. (<c>VHOST_USER_PROTOCOL_F_STATUS</c>, bit 16)</summary>
    Status = 1UL << 16,

    /// <summary>The device's state can be saved and loaded. (<c>VHOST_USER_PROTOCOL_F_DEVICE_STATE</c>, bit 19)</summary>
    DeviceState = 1UL << 19,
}
