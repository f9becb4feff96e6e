using FastRing.Interop;

namespace FastRing.Host.Keeping;

/// <summary>Something a keeper or a worker said.</summary>
/// <param name="Word">What it is.</param>
/// <param name="Text">What is said about it.</param>
/// <param name="Fd">What came with it; the receiver's.</param>
internal sealed record KeeperMessage(KeeperWord Word, string Text, OwnedFd? Fd);
