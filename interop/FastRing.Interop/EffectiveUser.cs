namespace FastRing.Interop;

/// <summary>Who this process is, geteuid(2).</summary>
public static class EffectiveUser
{
    /// <summary>The effective user's number; 0 is root.</summary>
    public static uint Id => Libc.geteuid();
}
