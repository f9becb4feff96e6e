namespace FastRing.Client.Wire;

/// <summary>What a frame says: docs/resumable.md.</summary>
internal enum FrameKind : uint
{
    Hello = 1,
    Session = 2,
    Data = 3,
    Acknowledge = 4,
    Bye = 5,
    Refused = 6,
}
