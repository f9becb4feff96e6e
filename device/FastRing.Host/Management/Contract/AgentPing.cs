namespace FastRing.Host.Management.Contract;

/// <summary>The guest's agent answered.</summary>
/// <param name="Milliseconds">How long it took, waiting for its turn included.</param>
internal sealed record AgentPing(double Milliseconds);
