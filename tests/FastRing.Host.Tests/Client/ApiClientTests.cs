using System.Net.Sockets;
using System.Text;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Tests.Client;

/// <summary>Whatever the daemon answers, or whoever answers in its place, is the thing asked for or one clear error.</summary>
public sealed class ApiClientTests
{
    private static string Head(long length) => $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n";

    [Theory]
    [InlineData("not JSON", "hello", ExitCode.Failed)]
    [InlineData("null", "null", ExitCode.Failed)]
    [InlineData("something else", "{\"a\": 1}", ExitCode.Failed)]
    [InlineData("a guest that is null", "[null]", ExitCode.Failed)]
    [InlineData("a guest without its members", "[{\"name\": \"vm0\"}]", ExitCode.Failed)]
    [InlineData("a name that is null", "[{\"name\": null, \"isConnected\": true, \"isDriverReady\": true, \"drivers\": 1, \"maxPorts\": 1, \"malformedControl\": 0, \"brokenQueues\": 0, \"ports\": []}]", ExitCode.Failed)]
    [InlineData("a port that is null", "[{\"name\": \"a\", \"isConnected\": true, \"isDriverReady\": true, \"drivers\": 1, \"maxPorts\": 1, \"malformedControl\": 0, \"brokenQueues\": 0, \"ports\": [null]}]", ExitCode.Failed)]
    [InlineData("a number out of range", "[{\"name\": \"a\", \"isConnected\": true, \"isDriverReady\": true, \"drivers\": -1, \"maxPorts\": 1, \"malformedControl\": 0, \"brokenQueues\": 0, \"ports\": []}]", ExitCode.Failed)]
    public async Task A_body_that_is_not_what_was_asked_for_is_an_error(string what, string body, int exitCode)
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(body));
        ApiException e = await FailsAsync(daemon);
        Assert.True(e.ExitCode == exitCode, what);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Nesting_without_end_is_an_error()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(new string('[', 1_000_000)));
        Assert.Equal(ExitCode.Failed, (await FailsAsync(daemon)).ExitCode);
    }

    [Fact]
    public async Task An_answer_that_is_cut_off_says_that_the_connection_ended()
    {
        using var daemon = new FakeDaemon(Head(1000) + "[");
        Assert.Equal(ExitCode.NoDaemon, (await FailsAsync(daemon)).ExitCode);
    }

    [Fact]
    public async Task An_answer_that_would_be_huge_is_not_waited_for()
    {
        using var daemon = new FakeDaemon(Head(1L << 40) + "[");
        ApiException e = await FailsAsync(daemon);
        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains("larger than 64 MiB", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    public async Task Something_that_does_not_speak_HTTP_is_an_error(string answer)
    {
        using var daemon = new FakeDaemon(answer);
        Assert.Equal(ExitCode.Failed, (await FailsAsync(daemon)).ExitCode);
    }

    [Fact]
    public async Task A_connection_that_ends_without_an_answer_is_no_daemon()
    {
        using var daemon = new FakeDaemon("");
        Assert.Equal(ExitCode.NoDaemon, (await FailsAsync(daemon)).ExitCode);
    }

    [Fact]
    public async Task Silence_times_out()
    {
        using var daemon = new FakeDaemon(_ => null);
        using var api = new ApiClient(daemon.SocketPath, TimeSpan.FromMilliseconds(200));
        ApiException e = await Assert.ThrowsAsync<ApiException>(() => PortFinder.GuestsAsync(api, CancellationToken.None));
        Assert.Equal(ExitCode.TimedOut, e.ExitCode);
    }

    [Fact]
    public async Task A_signal_while_waiting_is_not_a_timeout()
    {
        using var daemon = new FakeDaemon(_ => null);
        using var api = new ApiClient(daemon.SocketPath);
        using var signal = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PortFinder.GuestsAsync(api, signal.Token));
    }

    [Theory]
    [InlineData("404 Not Found", ExitCode.NotFound)]
    [InlineData("409 Conflict", ExitCode.Failed)]
    [InlineData("403 Forbidden", ExitCode.Failed)]
    [InlineData("500 Internal Server Error", ExitCode.Failed)]
    [InlineData("503 Service Unavailable", ExitCode.TimedOut)]
    [InlineData("504 Gateway Timeout", ExitCode.TimedOut)]
    [InlineData("302 Found", ExitCode.Failed)]
    public async Task A_problem_is_told_with_its_detail_and_its_exit_code(string status, int exitCode)
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer("{\"title\": \"t\", \"detail\": \"it\\u001b[31m did\\nnot work\", \"status\": 1}", status, "application/problem+json"));
        ApiException e = await FailsAsync(daemon);
        Assert.Equal(exitCode, e.ExitCode);
        Assert.Equal("it\uFFFD[31m did\nnot work", e.Message);
        Assert.Equal(int.Parse(status[..3], System.Globalization.CultureInfo.InvariantCulture), e.Problem.Status);
    }

    [Theory]
    [InlineData("<html>no</html>", "text/html")]
    [InlineData("not JSON", "application/problem+json")]
    [InlineData("null", "application/problem+json")]
    [InlineData("{}", "application/problem+json")]
    [InlineData("{\"title\": 5}", "application/problem+json")]
    public async Task A_status_without_a_usable_problem_is_told_by_its_number(string body, string type)
    {
        using var daemon = new FakeDaemon(FakeDaemon.Answer(body, "418 I'm a teapot", type));
        Assert.Equal("the daemon answered 418 I'm a teapot", (await FailsAsync(daemon)).Message);
    }

    [Fact]
    public async Task No_socket_and_a_socket_nobody_listens_on_are_no_daemon()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-api-");
        string path = Path.Combine(folder.FullName, "api.sock");
        using var api = new ApiClient(path);
        ApiException missing = await Assert.ThrowsAsync<ApiException>(() => PortFinder.GuestsAsync(api, CancellationToken.None));
        Assert.Equal((ExitCode.NoDaemon, $"no daemon at {path}: there is no such socket"), (missing.ExitCode, missing.Message));

        using var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        bound.Bind(new UnixDomainSocketEndPoint(path));
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => PortFinder.GuestsAsync(api, CancellationToken.None));
        Assert.Equal(ExitCode.NoDaemon, refused.ExitCode);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_wrong_usage() =>
        Assert.Throws<UsageException>(() => new ApiClient("/" + new string('x', 200)));

    [Fact]
    public async Task Members_a_newer_daemon_added_are_passed_over()
    {
        string guest = "{\"new\": [1], \"name\": \"vm0\", \"isConnected\": true, \"isDriverReady\": true, \"drivers\": 1, \"maxPorts\": 1, \"malformedControl\": 0, \"brokenQueues\": 0, \"ports\": []}";
        using var daemon = new FakeDaemon(FakeDaemon.Answer($"[{guest}]"));
        using var api = new ApiClient(daemon.SocketPath);
        GuestState found = Assert.Single(await PortFinder.GuestsAsync(api, CancellationToken.None));
        Assert.Equal("vm0", found.Name);
    }

    private static async Task<ApiException> FailsAsync(FakeDaemon daemon)
    {
        using var api = new ApiClient(daemon.SocketPath);
        return await Assert.ThrowsAsync<ApiException>(() => PortFinder.GuestsAsync(api, CancellationToken.None));
    }
}
