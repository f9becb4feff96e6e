namespace FastRing.Host.Management;

/// <summary>What a caller may do.</summary>
internal enum ApiRole
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Look: state and events.</summary>
    Reader,

    /// <summary>Everything.</summary>
    Admin,
}
