using System.CommandLine;
using System.Diagnostics;
using FastRing.Manual;

namespace FastRing.Host.Tests.Commands;

/// <summary>The manual page, which is made of the command line.</summary>
public sealed class ManualTests
{
    private static readonly RootCommand Root = CommandTree.Create();

    [Fact]
    public async Task It_is_a_page_mandoc_and_groff_have_nothing_to_say_against()
    {
        string page = ManualCommand.PageOf(Root, HostManual.Text);
        Assert.Equal("", await RunAsync("mandoc", ["-T", "lint", "-W", "style"], page));
        Assert.Equal("", await RunAsync("bash", ["-c", "LC_ALL=C.UTF-8 man --warnings -l - 2>&1 >/dev/null"], page));
    }

    [Fact]
    public async Task Every_command_argument_and_option_is_in_it_where_it_belongs()
    {
        string text = await RunAsync("bash", ["-c", "mandoc -T ascii -O width=200 | col -bx"], ManualCommand.PageOf(Root, HostManual.Text));
        int commands = 0;
        foreach ((string path, Command command) in Below("fastring", Root))
        {
            string section = Section(text, $"   {path}");
            Assert.All(command.Arguments.Where(a => !a.Hidden), a => Assert.Contains($"\n       {a.Name}", section, StringComparison.Ordinal));
            Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.Matches($@"\n       (-\w, |--?\w+, )*{o.Name}\b", section));
            Assert.Contains(command.Description!.Split(' ')[0], section, StringComparison.Ordinal);
            commands++;
        }

        Assert.True(commands > 30, $"only {commands} commands are in the command line");
        Assert.All(Root.Options, o => Assert.Contains(o.Name, Section(text, "OPTIONS"), StringComparison.Ordinal));
        Assert.DoesNotContain("demo-driver", text, StringComparison.Ordinal); // Hidden.
    }

    [Fact]
    public void Its_examples_are_command_lines_that_are_understood() =>
        Assert.All(HostManual.Text.Examples, e => Assert.Empty(Root.Parse(e.Command.Split(' ')[1..]).Errors));

    [Fact]
    public async Task Its_date_is_that_of_the_sources_where_a_build_says_so()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "fastring");
        string page = await RunAsync("env", ["SOURCE_DATE_EPOCH=86400", program, "man"], "");
        Assert.StartsWith(".TH FASTRING 1 1970-01-02 \"fastring ", page, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Path, Command Command)> Below(string path, Command command) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Below($"{path} {c.Name}", c).Prepend(($"{path} {c.Name}", c)));

    /// <summary>What stands below a heading, up to the next.</summary>
    private static string Section(string text, string heading)
    {
        string[] lines = text.Split('\n');
        int start = Array.IndexOf(lines, heading);
        Assert.True(start >= 0, $"there is no heading '{heading}'");
        return string.Concat(lines[(start + 1)..].TakeWhile(l => l.Length == 0 || l.StartsWith("       ", StringComparison.Ordinal)).Select(l => $"\n{l}"));
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string input)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return await output;
    }
}
