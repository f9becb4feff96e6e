namespace FastRing.Host.Guests;

/// <summary>Somebody logged in to the guest (QEMU guest agent protocol: <c>GuestUser</c>).</summary>
/// <param name="Name">The account's name.</param>
/// <param name="LoginTime">When the session began, by the guest's clock.</param>
/// <param name="Domain">Windows only.</param>
internal sealed record AgentUser(string Name, DateTimeOffset LoginTime, string? Domain);
