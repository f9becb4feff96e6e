namespace FastRing.Memory;

/// <summary>What a device may do with memory (vhost-user, "An IOTLB message", permissions flags).</summary>
[Flags]
public enum IotlbAccess : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read it. (<c>VHOST_ACCESS_RO</c>)</summary>
    Read = 1,

    /// <summary>Write it. (<c>VHOST_ACCESS_WO</c>)</summary>
    Write = 2,

    /// <summary>Both. (<c>VHOST_ACCESS_RW</c>)</summary>
    ReadWrite = Read | Write,
}
