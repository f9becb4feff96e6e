using System.Diagnostics;
using System.Text.Json;
using FastRing.Host.Client;
using FastRing.Host.Tests.Client;

namespace FastRing.Host.Tests.Commands;

/// <summary>The program itself, as a process, with a daemon that answers what a test wants.</summary>
public sealed class ProgramTests
{
    private static readonly string Guests = JsonSerializer.Serialize(
        [Examples.Guest("vm0", Examples.Port("vm0", "kept", 1, backend: "ring:64K"), Examples.Port("vm0", "far", 2, backend: "tcp:4000") with { Address = "127.0.0.1:4000" })],
        ClientJson.Default.GuestStateArray);

    [Fact]
    public async Task Attach_prints_what_a_ring_kept_byte_for_byte()
    {
        using var daemon = new FakeDaemon(line => System.Text.Encoding.UTF8.GetBytes(
            line.Contains("/ports/kept/output", StringComparison.Ordinal) ? FakeDaemon.Answer("kept\u001b[0m words", type: "application/octet-stream") : FakeDaemon.Answer(Guests)));
        Assert.Equal((ExitCode.Ok, "kept\u001b[0m words", ""), await RunAsync(daemon, "attach", "kept"));
    }

    [Fact]
    public async Task Attach_says_where_a_port_is_that_it_cannot_connect_to()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(Guests));
        (int exit, string output, string error) = await RunAsync(daemon, "attach", "vm0/far");
        Assert.Equal((ExitCode.Failed, ""), (exit, output));
        Assert.Contains("tcp:4000, at 127.0.0.1:4000", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_mistake_of_a_problem_has_a_line()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer("{\"detail\": \"a.json:1: one\\na.json:2: two\"}", "422 Unprocessable Content", "application/problem+json"));
        Assert.Equal((ExitCode.Failed, "", "fastring: a.json:1: one\nfastring: a.json:2: two\n"), await RunAsync(daemon, "reload"));
    }

    [Fact]
    public async Task Limits_are_sent_exactly_as_said()
    {
        using var daemon = new FakeDaemon(line => System.Text.Encoding.UTF8.GetBytes(
            line.StartsWith("PUT", StringComparison.Ordinal) ? "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
            : line.Contains("/ports/", StringComparison.Ordinal) ? FakeDaemon.Answer(JsonSerializer.Serialize(Examples.Port("vm0", "far", 2), ClientJson.Default.PortState))
            : FakeDaemon.Answer(Guests)));
        (int exit, _, _) = await RunAsync(daemon, "limit", "far", "--to-host-bytes", "5");
        Assert.Equal(ExitCode.Ok, exit);
        string put = Assert.Single(daemon.Requests, r => r.StartsWith("PUT /v1/guests/vm0/ports/far/limits ", StringComparison.Ordinal));
        Assert.Contains("""{"toHost":{"bytesPerSecond":5,"messagesPerSecond":null},"toGuest":null}""", put, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_goes_where_other_programs_of_a_script_write_too()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(Guests));
        string list = $"'{Program}' list --json --api '{daemon.SocketPath}'";
        (int exit, string output, string error) = await RunAsync("bash", ["-c", $"f=$(mktemp); (echo before; {list}; echo after; {list}) >$f; cat $f; rm $f"]);
        Assert.True(exit == 0, error);
        Assert.Equal($"before\n{Guests}\nafter\n{Guests}\n", output);
    }

    [Fact]
    public async Task It_ends_quietly_when_nobody_reads_its_output()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(Guests));
        (int exit, string output, string error) = await RunAsync("bash", ["-c", $"set -o pipefail; '{Program}' top --json --interval 0.1 --api '{daemon.SocketPath}' | head -n 1"]);
        Assert.Equal((0, ""), (exit, error));
        Assert.Single(output.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("unrecognized option '--nothing'", "list", "--nothing")]
    [InlineData("exclude each other", "limit", "far", "--none", "--to-host-bytes", "5")]
    [InlineData("1 or more", "limit", "far", "--to-host-bytes", "0")]
    [InlineData("0.1 to 3600", "top", "--interval", "0")]
    [InlineData("--escape 'ab'", "attach", "kept", "--escape", "ab")]
    [InlineData("COLUMNSxROWS", "resize", "far", "0x5")]
    [InlineData("--count", "events", "--count", "0")]
    [InlineData("--timeout", "agent", "exec", "--timeout", "0", "--", "ls")]
    [InlineData("ksh", "completion", "ksh")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string expected, params string[] arguments)
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(Guests));
        (int exit, string output, string error) = await RunAsync(daemon, arguments);
        Assert.Equal((ExitCode.Usage, ""), (exit, output));
        Assert.Contains(expected, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_of_a_client_load_no_web_server()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(Guests));
        (_, string files, _) = await RunAsync("strace", ["-f", "-e", "trace=openat", "-o", "/dev/stdout", Program, "list", "--api", daemon.SocketPath]);
        Assert.Contains("System.Net.Http.dll", files, StringComparison.Ordinal);
        Assert.DoesNotContain("Kestrel", files, StringComparison.Ordinal);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "fastring");

    private static Task<(int Exit, string Output, string Error)> RunAsync(FakeDaemon daemon, params string[] arguments)
    {
        int program = Array.IndexOf(arguments, "--");
        string[] api = arguments[0] == "completion" ? [] : ["--api", daemon.SocketPath];
        return RunAsync(Program, program < 0 ? [.. arguments, .. api] : [.. arguments[..program], .. api, .. arguments[program..]]);
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
        return (process.ExitCode, await output, await error);
    }
}
