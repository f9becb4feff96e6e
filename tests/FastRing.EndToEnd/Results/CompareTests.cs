using System.Text.Json.Nodes;

namespace FastRing.EndToEnd.Results;

/// <summary>`compare`: commits that are built and run.</summary>
public sealed class CompareTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task A_commit_of_this_repository_is_built_and_run_beside_itself_and_leaves_nothing_behind()
    {
        (int exit, string output, string error) = await CompareAsync(Programs.Checkout(), "HEAD", "HEAD", "--bench", "chains", "--quick", "--rounds", "2", "--json", "-");

        Assert.True(exit == 0, error);
        JsonNode row = Assert.Single(JsonNode.Parse(output)!.AsArray())!;
        Assert.Equal("chains: split", row["case"]!.GetValue<string>());
        Assert.Equal("ns/chain", row["unit"]!.GetValue<string>());
        Assert.Equal("no verdict: too few rounds", row["verdict"]!.GetValue<string>());
        Assert.Equal(2, row["a"]!.AsArray().Count);
        Assert.All(row["b"]!.AsArray(), value => Assert.InRange(value!.GetValue<double>(), 0.1, 1e6));
        Assert.DoesNotContain("fastring-compare-", await GitAsync(Programs.Checkout(), "worktree", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_is_slower_fails_and_what_it_lacks_is_named()
    {
        using var folder = new TemporaryFolder();
        await CommitAsync(folder, nanoseconds: 100, bench: "chains", other: "ring");
        await CommitAsync(folder, nanoseconds: 120, bench: "chains", other: "none");

        (int exit, string output, string error) = await CompareAsync(folder.FullName, "HEAD~1", "HEAD", "--bench", "chains", "ring", "--quick", "--json", "-");

        Assert.True(exit == 1, $"{error}\n{output}");
        JsonArray rows = JsonNode.Parse(output)!.AsArray();
        JsonNode lacking = Assert.Single(rows, r => r!["case"]!.GetValue<string>() == "ring: split, two threads")!;
        Assert.Matches(@"^not compared: B \([0-9a-f]{10}\) can't run it: no such loop here$", lacking["verdict"]!.GetValue<string>());
        JsonNode slower = Assert.Single(rows, r => r!["case"]!.GetValue<string>() == "chains: split")!;
        Assert.Equal("slower", slower["verdict"]!.GetValue<string>());
        Assert.InRange(slower["ratio"]!.GetValue<double>(), 1.19, 1.21);
        (exit, _, error) = await CompareAsync(folder.FullName, "HEAD", "HEAD~1", "--bench", "chains", "--quick");
        Assert.True(exit == 0, error);
    }

    [Fact]
    public async Task What_is_no_commit_is_told_in_one_line()
    {
        (int exit, _, string error) = await CompareAsync(Programs.Checkout(), "HEAD", "no/such^commit");

        Assert.Equal((2, "compare: 'no/such^commit' is no commit of this repository\n"), (exit, error));
    }

    private static Task<(int Exit, string Output, string Error)> CompareAsync(string folder, params string[] arguments) =>
        Programs.TryRunAsync(Programs.Perf, ["compare", .. arguments], folder: folder, patience: s_patience);

    /// <summary>A checkout whose loops are a program that prints how slow it is.</summary>
    private static async Task CommitAsync(TemporaryFolder folder, int nanoseconds, string bench, string other)
    {
        string project = Directory.CreateDirectory(Path.Combine(folder.FullName, "bench", "FastRing.Workloads")).FullName;
        await File.WriteAllTextAsync(folder["FastRing.sln"], string.Empty);
        await File.WriteAllTextAsync(
            Path.Combine(project, "FastRing.Workloads.csproj"),
            "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>");
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), $$"""
            if (args[0] is not ("{{bench}}" or "{{other}}"))
            {
                System.Console.Error.WriteLine("no such loop here");
                return 1;
            }

            double value = {{nanoseconds}} + (System.Random.Shared.NextDouble() * 0.2);
            System.Console.WriteLine(System.Text.Json.JsonSerializer.Serialize(new { unit = "ns", values = new[] { value } }));
            return 0;
            """);
        if (!Directory.Exists(folder[".git"]))
        {
            await GitAsync(folder.FullName, "init", "--quiet");
        }

        await GitAsync(folder.FullName, "add", ".");
        await GitAsync(folder.FullName, "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", $"{nanoseconds}");
    }

    private static async Task<string> GitAsync(string folder, params string[] arguments)
    {
        (int exit, string output, string error) = await Programs.TryRunAsync("git", arguments, folder: folder);
        Assert.True(exit == 0, error);
        return output;
    }
}
