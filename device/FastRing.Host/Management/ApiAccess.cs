using FastRing.Console.Endpoints;

namespace FastRing.Host.Management;

/// <summary>Who may do what. The rules change with the configuration, and hold for the next request of everybody.</summary>
internal sealed class ApiAccess(ApiConfig config)
{
    private volatile Rules _rules = Rules.Of(config);
    private ApiConfig _config = config;

    /// <summary>The API as it was configured, with the rules that hold now.</summary>
    public ApiConfig Config => _config;

    public void Change(ApiConfig config)
    {
        _rules = Rules.Of(config);
        _config = _config with { Admins = config.Admins, Readers = config.Readers };
    }

    public ApiRole RoleOf(LocalPeer caller)
    {
        Rules rules = _rules;
        return rules.Admins.Allows(caller) ? ApiRole.Admin : rules.Readers.Allows(caller) ? ApiRole.Reader : ApiRole.None;
    }

    private sealed record Rules(PeerAllowList Admins, PeerAllowList Readers)
    {
        public static Rules Of(ApiConfig config) => new(config.Admins.ToList(), config.Readers.ToList());
    }
}
