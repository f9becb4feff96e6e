namespace FastRing.Agent;

/// <summary>A command of the agent's build (<c>GuestAgentCommandInfo</c>).</summary>
/// <param name="Name">Such as <c>guest-ping</c>.</param>
/// <param name="Enabled">Whether the guest's administrator leaves it on.</param>
/// <param name="SuccessResponse">False for a command that is not answered when it succeeds, such as <c>guest-shutdown</c>.</param>
public sealed record GuestAgentCommandInfo(string Name, bool Enabled, bool SuccessResponse = true);
