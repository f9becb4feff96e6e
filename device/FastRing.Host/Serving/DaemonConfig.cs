using FastRing.Host.Management;

namespace FastRing.Host.Serving;

/// <summary>What a daemon is to do.</summary>
/// <param name="Guests">Whom it serves.</param>
/// <param name="Api">Its management API; null: it has none.</param>
/// <param name="Source">The file that says so, to be read again; null: the command line said it.</param>
internal sealed record DaemonConfig(IReadOnlyList<GuestConfig> Guests, ApiConfig? Api, ConfigSource? Source);
