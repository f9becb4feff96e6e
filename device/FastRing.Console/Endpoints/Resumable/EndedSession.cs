namespace FastRing.Console.Endpoints.Resumable;

/// <summary>A session that is over, for the client that comes back to it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Why">What ended it.</param>
/// <param name="ToHost">Bytes that were sent to its client.</param>
/// <param name="ToGuest">Bytes its client sent that the guest has.</param>
internal sealed record EndedSession(Guid Session, SessionChange Why, ulong ToHost, ulong ToGuest);
