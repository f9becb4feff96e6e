namespace FastRing.Perf;

/// <summary>The checkout this program measures.</summary>
internal static class Repository
{
    /// <summary>The folder with FastRing.sln, above the current folder or above this program.</summary>
    public static string Root { get; } =
        Above(Environment.CurrentDirectory) ?? Above(AppContext.BaseDirectory) ?? throw new DirectoryNotFoundException("run this inside of a checkout of FastRing");

    /// <summary>The commit, with a + when files differ from it; "unknown" outside of git.</summary>
    public static string Commit()
    {
        try
        {
            string commit = Shell.Run(Root, "git", "rev-parse", "--short", "HEAD").Trim();
            return Shell.Run(Root, "git", "status", "--porcelain", "--untracked-files=no").Length == 0 ? commit : commit + "+";
        }
        catch (IOException)
        {
            return "unknown";
        }
    }

    private static string? Above(string folder)
    {
        DirectoryInfo? at = new(folder);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "FastRing.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName;
    }
}
