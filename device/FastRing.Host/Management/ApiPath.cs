using System.Diagnostics;

namespace FastRing.Host.Management;

/// <summary>Where the management API's socket is when nobody says: what <c>fastring serve --api</c> listens on and every other command connects to.</summary>
internal static class ApiPath
{
    /// <summary>The environment variable that says otherwise.</summary>
    public const string Variable = "FASTRING_API";

    private const string SocketName = "api.sock";
    /// <summary>Permissions that keep nobody from passing the folder.</summary>
    public const int Anybody = OthersMay | GroupMay;

    private const int GroupMay = 0x38; // 0070
    private const int OthersMay = 0x7; // 0007
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>$FASTRING_API, or /run/fastring/api.sock for root, $XDG_RUNTIME_DIR/fastring/api.sock for everybody else.</summary>
    /// <exception cref="UsageException">None of them is there.</exception>
    public static string Default() => Of(Environment.GetEnvironmentVariable(Variable), Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <summary>The rule itself.</summary>
    /// <param name="variable">Value of <see cref="Variable"/>.</param>
    /// <param name="isRoot">Whether root asks.</param>
    /// <param name="runtimeFolder">Value of XDG_RUNTIME_DIR.</param>
    public static string Of(string? variable, bool isRoot, string? runtimeFolder) =>
        !string.IsNullOrEmpty(variable) ? variable
        : InFolder(SocketName, isRoot, runtimeFolder)
        ?? throw new UsageException($"XDG_RUNTIME_DIR is not set: say where the management API's socket is, with --api PATH or {Variable}");

    /// <summary>A socket where the daemon's are when nobody says otherwise; null: there is no such folder.</summary>
    public static string? InFolder(string name, bool isRoot, string? runtimeFolder) =>
        isRoot ? Path.Combine("/run/fastring", name)
        : !string.IsNullOrEmpty(runtimeFolder) ? Path.Combine(runtimeFolder, "fastring", name)
        : null;

    /// <summary>Makes the folder of a socket at its default place, if it is not there: for its owner alone, unless the socket is for others too. Other folders are their owners' affair.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="mode">The socket's permissions: whoever has any may pass the folder.</param>
    /// <exception cref="UsageException">It can't be made.</exception>
    public static void MakeFolder(string path, int mode = 0)
    {
        Debug.Assert(OperatingSystem.IsLinux(), "unix sockets with modes");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            if (!Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder, Owner);
                File.SetUnixFileMode(folder, Owner | Passing(mode)); // Whatever the umask says.
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }

    private static UnixFileMode Passing(int mode) =>
        ((mode & GroupMay) != 0 ? UnixFileMode.GroupExecute : UnixFileMode.None) | ((mode & OthersMay) != 0 ? UnixFileMode.OtherExecute : UnixFileMode.None);
}
