namespace FastRing.Native.Handles;

/// <summary>The highest byte of a handle. No pointer of a program begins so.</summary>
internal enum HandleKind : byte
{
    None = 0,
    Memory = 0xf1,
    Ring = 0xf2,
    Worker = 0xf3,
    Device = 0xf4,
    Backend = 0xf5,
    Port = 0xf6,
}
