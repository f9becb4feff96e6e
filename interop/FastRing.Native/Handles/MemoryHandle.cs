using FastRing.Memory;

namespace FastRing.Native.Handles;

/// <summary><c>fr_memory</c>.</summary>
internal sealed class MemoryHandle(GuestMemory memory) : NativeObject
{
    public GuestMemory Memory => memory;

    public override HandleKind Kind => HandleKind.Memory;
}
