namespace FastRing.Native.Handles;

/// <summary>What a handle stands for.</summary>
internal abstract class NativeObject
{
    /// <summary>Its handle; 0 before <see cref="HandleTable.Add"/>.</summary>
    public ulong Handle { get; internal set; }

    /// <summary>Which kind.</summary>
    public abstract HandleKind Kind { get; }
}
