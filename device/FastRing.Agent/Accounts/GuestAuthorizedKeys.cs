namespace FastRing.Agent;

/// <summary>Who may log in by ssh (<c>GuestAuthorizedKeys</c>).</summary>
/// <param name="Keys">Lines of authorized_keys.</param>
public sealed record GuestAuthorizedKeys(IReadOnlyList<string> Keys);
