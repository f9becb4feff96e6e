namespace FastRing.Host.Management.Contract;

/// <summary>A guest's clock.</summary>
/// <param name="Time">What it shows.</param>
internal sealed record AgentTime(DateTimeOffset Time);
