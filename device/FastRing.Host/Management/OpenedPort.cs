using FastRing.Host.Serving;

namespace FastRing.Host.Management;

/// <summary>A port a reload opens.</summary>
/// <param name="Guest">Whose it is.</param>
/// <param name="Config">What it is to be.</param>
/// <param name="Before">What it was, and stays when the other can't be had; null: it was not there.</param>
internal sealed record OpenedPort(ServedGuest Guest, PortConfig Config, PortConfig? Before);
