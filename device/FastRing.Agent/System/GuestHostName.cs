namespace FastRing.Agent;

/// <summary>What the guest calls itself (<c>GuestHostName</c>).</summary>
/// <param name="HostName">Its host name.</param>
public sealed record GuestHostName(string HostName);
