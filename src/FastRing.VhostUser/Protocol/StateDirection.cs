namespace FastRing.VhostUser.Protocol;

/// <summary>Which way a device's state goes (vhost-user, "Device state transfer parameters").</summary>
public enum StateDirection : uint
{
    /// <summary>From the backend.</summary>
    Save = 0,

    /// <summary>To the backend.</summary>
    Load = 1,
}
