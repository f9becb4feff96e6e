namespace FastRing.Perf.Comparing;

/// <summary>A commit, checked out into a folder of its own and built there. The folder is gone when it is disposed.</summary>
internal sealed class WorkTree : IDisposable
{
    private const string Project = "bench/FastRing.Workloads";
    private const double QuickWarmSeconds = 1;
    private const int ShownDigits = 10;

    /// <summary>What another compiler would say of it is for those who change it.</summary>
    private static readonly string[] s_asItIs = ["-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-compare-");

    private WorkTree(string letter, string commit)
    {
        Commit = commit;
        Name = $"{letter} ({commit[..ShownDigits]})";
    }

    /// <summary>The whole hash.</summary>
    public string Commit { get; }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Where its sources are: what is changed there before it is built is built.</summary>
    public string Sources => Path.Combine(_folder.FullName, "sources");

    /// <summary>The commit that a revision of this repository is.</summary>
    /// <exception cref="IOException">It is none.</exception>
    public static string CommitOf(string revision)
    {
        try
        {
            return Shell.Run(Repository.Root, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}").Trim();
        }
        catch (IOException)
        {
            throw new IOException($"'{revision}' is no commit of this repository");
        }
    }

    /// <param name="letter">A or B.</param>
    /// <param name="commit">Its hash.</param>
    /// <exception cref="IOException">There is no such commit, or nothing in it to run.</exception>
    public static WorkTree Create(string letter, string commit)
    {
        var tree = new WorkTree(letter, commit);
        try
        {
            Shell.Run(Repository.Root, "git", "worktree", "add", "--quiet", "--detach", tree.Sources, commit);
            return Directory.Exists(Path.Combine(tree.Sources, Project)) ? tree : throw new IOException($"{tree.Name} has no {Project}: it has nothing that could be run");
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <summary>Its loops as a user builds them.</summary>
    /// <exception cref="IOException">They do not build.</exception>
    public WorkloadProgram Build(bool quick)
    {
        Progress.Say($"building {Name}");
        string output = Path.Combine(_folder.FullName, "out");
        Shell.Run(Sources, "dotnet", ["build", Project, "-c", "Release", "-o", output, "-v", "quiet", "--nologo", "-nodeReuse:false", .. s_asItIs]);
        return new WorkloadProgram(Name, Path.Combine(output, Path.GetFileName(Project)), quick ? QuickWarmSeconds : WorkloadProgram.Jit.WarmSeconds);
    }

    /// <summary>Its loops, compiled ahead of time.</summary>
    /// <exception cref="IOException">They do not build.</exception>
    public WorkloadProgram Publish() => NativeAot.Publish(Sources, Path.Combine(_folder.FullName, "aot"), s_asItIs);

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        finally
        {
            Shell.Run(Repository.Root, "git", "worktree", "prune");
        }
    }
}
