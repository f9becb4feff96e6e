namespace FastRing.Host.Client;

/// <summary>Something the guest was asked to do, which it does not answer.</summary>
/// <param name="Guest">Who was asked.</param>
/// <param name="Requested">shutdown, reboot, halt or suspend.</param>
internal sealed record AgentRequested(string Guest, string Requested);
