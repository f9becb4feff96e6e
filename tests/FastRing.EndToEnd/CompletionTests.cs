namespace FastRing.EndToEnd;

/// <summary>Completion in the shells themselves, with names of the running daemon.</summary>
public sealed class CompletionTests
{
    /// <summary>Prints the candidates for a line as each shell finds them without a terminal.</summary>
    private const string Bash =
        """
        source <(fastring completion bash)
        COMP_LINE="$1" COMP_POINT=${#1}
        read -ra COMP_WORDS <<<"$1"
        [[ $1 == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _fastring fastring "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    public static TheoryData<string, string[]> Lines => new()
    {
        { "fastring a", ["add", "agent", "attach"] },
        { "fastring attach ", ["console", "org.example.a", "org.example.third", "org.qemu.guest_agent.0", "vm0/console", "vm0/org.example.a", "vm0/org.example.third", "vm0/org.qemu.guest_agent.0"] },
        { "fastring limit vm0/org.ex", ["vm0/org.example.a", "vm0/org.example.third"] },
        { "fastring limit org.example.a --to-g", ["--to-guest-bytes", "--to-guest-messages"] },
        { "fastring list v", ["vm0"] },
        { "fastring agent vm0 s", ["shutdown", "suspend"] },
        { "fastring add vm0 a=echo --when-client-leaves ", ["discard", "keep"] },
        { "fastring completion ", ["bash", "fish", "zsh"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash_and_fish_offer_commands_options_and_names(string line, string[] expected)
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        await rig.RunAsync("list"); // A daemon's first answer takes its compiler longer than a key may take.
        string bash = await Programs.RunAsync("env", [.. rig.Environment, "bash", "--norc", "-c", Bash, "bash", line]);
        Assert.Equal(expected, Candidates(bash));
        string fish = await Programs.RunAsync("env", [.. rig.Environment, "fish", "--no-config", "-c", "fastring completion fish | source; complete -C $argv[1]", line]);
        Assert.Equal(expected, Candidates(fish));
    }

    [Fact]
    public async Task Without_a_daemon_they_offer_no_names_and_say_nothing()
    {
        string[] environment = [$"PATH={AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}", "FASTRING_API=/nonexistent/api.sock"];
        (int exit, string output, string error) = await Programs.TryRunAsync("env", [.. environment, "bash", "--norc", "-c", Bash, "bash", "fastring attach "]);
        Assert.Equal((0, "", ""), (exit, output.Trim(), error));
    }

    [Theory]
    [InlineData("bash", "source <(fastring completion bash)", "--norc", "--noprofile")]
    [InlineData("zsh", "autoload -U compinit; compinit -u -D; source <(fastring completion zsh)", "-f")]
    [InlineData("fish", "fastring completion fish | source", "--no-config")]
    public async Task The_tab_key_completes_what_is_typed(string shell, string setUp, params string[] arguments)
    {
        await using CommandRig rig = await CommandRig.StartAsync(boots: false);
        await rig.RunAsync("list"); // A daemon's first answer takes its compiler longer than a key may take.
        await using Tmux tmux = await Tmux.StartAsync(120, 24, [.. rig.Environment, $"HOME={rig["."]}"], [shell, .. arguments]);
        await tmux.EnterAsync($"{setUp}; echo set-up-$((1 + 1))".Replace("$((1 + 1))", shell == "fish" ? "(math 1 + 1)" : "$((1 + 1))", StringComparison.Ordinal));
        await tmux.UntilAsync(s => s.Any(l => l == "set-up-2"));

        await tmux.TypeAsync("fastring dis");
        await tmux.PressAsync("Tab");
        await tmux.UntilAsync(s => s.Any(l => l.EndsWith("fastring disconnect", StringComparison.Ordinal)));
        await tmux.TypeAsync("vm0/org.q");
        await tmux.PressAsync("Tab");
        await tmux.UntilAsync(s => s.Any(l => l.EndsWith("fastring disconnect vm0/org.qemu.guest_agent.0", StringComparison.Ordinal)));
    }

    private static string[] Candidates(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]).Order(StringComparer.Ordinal)];
}
