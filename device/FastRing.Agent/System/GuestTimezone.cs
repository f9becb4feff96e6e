namespace FastRing.Agent;

/// <summary>The guest's time zone (<c>GuestTimezone</c>).</summary>
/// <param name="Offset">Seconds from UTC, positive to the east.</param>
/// <param name="Zone">Its name, as the guest has it.</param>
public sealed record GuestTimezone(int Offset, string? Zone = null);
