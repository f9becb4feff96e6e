using FastRing.Host.Management;
using FastRing.Host.Serving;

namespace FastRing.Host.Isolation;

/// <summary>What of a configuration of several guests is one guest's, where each has a process of its own.</summary>
internal static class GuestShare
{
    /// <summary>That part, for one guest.</summary>
    public static DaemonConfig Of(DaemonConfig config, GuestConfig guest) =>
        new([guest], config.Api is { } api ? api with { SocketPath = ApiSocket(api, guest) } : null, config.Sandbox, Source: null) { Metrics = config.Metrics, IsIsolated = true };

    /// <summary>Each guest's part.</summary>
    public static IEnumerable<DaemonConfig> All(DaemonConfig config) => config.Guests.Select(g => Of(config, g));

    /// <summary>The guest's own management API: in a folder of its name, beside where that of all would be.</summary>
    public static string ApiSocket(ApiConfig api, GuestConfig guest)
    {
        string usual = api.SocketPath ?? ApiPath.Default();
        return Path.Combine(Path.GetDirectoryName(Path.GetFullPath(usual))!, guest.DisplayName, Path.GetFileName(usual));
    }

    /// <summary>Makes the folders of these sockets. Whoever may connect has to get there: modes and lists of the sockets say who that is.</summary>
    /// <exception cref="UsageException">They can't be had.</exception>
    public static void MakeApiFolders(DaemonConfig config)
    {
        if (config.Api is { } api)
        {
            ApiPath.MakeFolder(api.SocketPath ?? ApiPath.Default(), ApiPath.Anybody);
            foreach (GuestConfig guest in config.Guests)
            {
                ApiPath.MakeFolder(ApiSocket(api, guest), ApiPath.Anybody);
            }
        }
    }
}
