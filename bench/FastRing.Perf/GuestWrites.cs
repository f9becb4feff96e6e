namespace FastRing.Perf;

/// <summary>What a guest wrote to a port in one go.</summary>
/// <param name="MibPerSecond">How fast.</param>
/// <param name="NotificationsPerThousand">Notifications it got for a thousand buffers.</param>
internal readonly record struct GuestWrites(double MibPerSecond, double NotificationsPerThousand);
