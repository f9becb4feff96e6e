namespace FastRing.Agent;

/// <summary>Where an offset counts from (<c>QGASeek</c>).</summary>
public enum GuestSeekOrigin
{
    /// <summary>The file's beginning.</summary>
    Set,

    /// <summary>Where it is now.</summary>
    Cur,

    /// <summary>The file's end.</summary>
    End,
}
