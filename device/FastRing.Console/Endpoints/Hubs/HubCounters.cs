namespace FastRing.Console.Endpoints.Hubs;

/// <summary>What became of a hub's clients.</summary>
/// <param name="Clients">There now.</param>
/// <param name="Accepted">Let in so far.</param>
/// <param name="Refused">Turned away so far: not allowed, or there were enough.</param>
/// <param name="FellBehind">Disconnected because they did not keep up.</param>
public readonly record struct HubCounters(int Clients, long Accepted, long Refused, long FellBehind);
