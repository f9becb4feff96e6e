namespace FastRing.Memory;

/// <summary>A virtual address in the vhost-user frontend's process: what <c>VHOST_USER_SET_VRING_ADDR</c> holds.</summary>
/// <param name="Value">The address in the frontend's address space.</param>
public readonly record struct FrontendAddress(ulong Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"hva:0x{Value:x}";
}
