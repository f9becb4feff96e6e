using FastRing.Host.Management;

namespace FastRing.Host.Keeping;

/// <summary>Where a keeper's socket is when nobody says: what <c>fastring serve --keep</c> listens on and <c>fastring upgrade</c> connects to.</summary>
internal static class KeeperPath
{
    /// <summary>The environment variable that says otherwise.</summary>
    public const string Variable = "FASTRING_KEEPER_SOCKET";

    /// <summary>$FASTRING_KEEPER_SOCKET, or keeper.sock beside the management API's usual socket.</summary>
    /// <exception cref="UsageException">There is no such folder.</exception>
    public static string Default() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path
        : ApiPath.InFolder("keeper.sock", Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"))
        ?? throw new UsageException($"XDG_RUNTIME_DIR is not set: say where the keeper's socket is, with a PATH or {Variable}");
}
