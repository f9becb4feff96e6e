namespace FastRing.Client;

/// <summary>How a session ended.</summary>
/// <param name="Why">What ended it.</param>
/// <param name="ToHost">Bytes of the guest that were sent in it: where it is more than what was received, the rest is lost. 0 where nobody knows.</param>
/// <param name="ToGuest">Bytes written to it that the guest has got: what was written beyond that has not reached it.</param>
public sealed record SessionEnded(SessionEnd Why, ulong ToHost, ulong ToGuest);
