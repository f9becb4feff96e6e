using FastRing.Interop;

namespace FastRing.VhostUser.Frontend;

/// <summary>The buffer in which a backend tracks what is in flight, as its frontend keeps it: for the next backend, should this one be gone.</summary>
/// <param name="File">Its file.</param>
/// <param name="SizeBytes">Bytes of it.</param>
/// <param name="FileOffset">Where it begins in the file.</param>
/// <param name="Queues">Queues it is for.</param>
/// <param name="QueueSize">Entries they have at the most.</param>
public sealed record InflightBuffer(OwnedFd File, ulong SizeBytes, ulong FileOffset, ushort Queues, ushort QueueSize) : IDisposable
{
    /// <summary>Closes the file; a backend's map of it stays.</summary>
    public void Dispose() => File.Dispose();
}
