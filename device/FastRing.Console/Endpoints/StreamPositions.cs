namespace FastRing.Console.Endpoints;

/// <summary>Where a session stands, as the guest has it: what a process that is killed has come to, and the next one goes on from.</summary>
/// <param name="Id">The session; <see cref="Guid.Empty"/>: none.</param>
/// <param name="ToHost">Bytes of it the guest has sent and was given its buffers back for, those of a buffer that was taken in part not counted.</param>
/// <param name="ToGuest">Bytes of it the guest was given: they are in buffers it has seen.</param>
public readonly record struct StreamPositions(Guid Id, ulong ToHost, ulong ToGuest);
