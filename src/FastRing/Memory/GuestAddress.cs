namespace FastRing.Memory;

/// <summary>A guest physical address: what descriptors hold.</summary>
/// <param name="Value">Bytes from guest physical address 0.</param>
public readonly record struct GuestAddress(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"gpa:0x{Value:x}";
}
