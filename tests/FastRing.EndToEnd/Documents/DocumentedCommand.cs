using FastRing.EndToEnd.Results;

namespace FastRing.EndToEnd.Documents;

/// <summary>A command of a document, and the test that runs it.</summary>
/// <param name="Block">Where it stands.</param>
/// <param name="Text">The command.</param>
internal sealed record DocumentedCommand(CodeBlock Block, string Text)
{
    /// <summary>How commands begin, and which test runs those; of two that fit the longer holds.</summary>
    public static IReadOnlyDictionary<string, string> Tests { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["fastring "] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["fastring-guest "] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["cat </dev/virtio-ports/"] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["cat /sys/class/virtio-ports/"] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["ls -l /dev/virtio-ports/"] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["curl "] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["socat "] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["linux.uml "] = nameof(CommandLineTests.Commands_do_on_a_daemon_with_a_Linux_guest_what_a_document_says),
        ["fastring serve "] = nameof(ServeLineTests.Every_line_that_serves_does_and_ends_in_order),
        ["out/fastring serve "] = nameof(ServeLineTests.Every_line_that_serves_does_and_ends_in_order),
        ["fastring upgrade"] = nameof(ServeLineTests.A_kept_daemon_is_upgraded_as_the_document_says),
        ["dotnet run -c Release --project device/FastRing.Host -- demo "] = nameof(DemoTests.The_demo_shows_what_the_README_says),
        ["source <(fastring completion "] = nameof(CompletionTests.The_tab_key_completes_what_is_typed),
        ["fastring completion fish | source"] = nameof(CompletionTests.The_tab_key_completes_what_is_typed),
        ["qemu-system-x86_64 "] = nameof(QemuTests.A_guest_of_QEMU_finds_its_ports_by_name_and_a_mebibyte_comes_back_as_it_was),
        ["podman run "] = nameof(ContainerTests.A_daemon_in_a_container_serves_a_guest_outside_of_it),
        ["dotnet publish interop/FastRing.Native "] = "A_host_in_C_talks_to_a_Linux_guest_on_two_ports",
        ["interop/FastRing.Native/install.sh "] = "A_host_in_C_talks_to_a_Linux_guest_on_two_ports",
        ["cc host.c "] = "A_host_in_C_talks_to_a_Linux_guest_on_two_ports",
        ["dotnet run -c Release --project bench/FastRing.Perf -- report"] = nameof(ReportTests.The_page_of_the_kept_results_has_every_bench_and_draws_it_and_asks_nobody_for_anything),
        ["dotnet run -c Release --project bench/FastRing.Perf -- compare "] = nameof(CompareTests.A_commit_of_this_repository_is_built_and_run_beside_itself_and_leaves_nothing_behind),
        ["tests/run.sh"] = "", // What runs all tests.
    };

    /// <summary>Those of all documents that no paragraph says are not run.</summary>
    public static IEnumerable<DocumentedCommand> All => CodeBlock.All.Where(block => !block.IsNotRun).SelectMany(block => block.Commands.Select(text => new DocumentedCommand(block, text)));

    /// <summary>Which of <see cref="Tests"/> it is one of; null: of none.</summary>
    public string? Beginning => Tests.Keys.Where(b => b == "tests/run.sh" ? Text == b : Text.StartsWith(b, StringComparison.Ordinal)).MaxBy(b => b.Length);

    /// <summary>Those that a test runs.</summary>
    public static IReadOnlyList<DocumentedCommand> Of(string test) => [.. All.Where(command => command.Beginning is { } beginning && Tests[beginning] == test)];

    public override string ToString() => $"{Block}: {Text}";
}
