using System.Text;
using System.Text.Json;

namespace FastRing.Agent.Tests;

/// <summary>What the calls of several commands make of an agent that does not behave.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task A_program_that_does_not_end_is_left_to_itself_when_its_time_is_up()
    {
        await using var fake = new FakeAgent { Answer = request => request.Returns(request.Command == "guest-exec" ? "{\"pid\": 4711}" : "{\"exited\": false}") };
        await using var agent = new GuestAgent(fake.Client);

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => agent.ExecAsync(new GuestCommand("sleep", "1000") { Timeout = Patience.Moment }));

        Assert.Equal("sleep: process 4711 of the guest still runs after 0.1 s", error.Message);
        await agent.PingAsync();
    }

    [Theory]
    [InlineData(5, "hello", true, false)]
    [InlineData(100, "hello world", false, false)]
    [InlineData(100, "hello world", true, true)]
    public async Task Output_is_cut_where_the_agent_or_the_caller_wants_it(int limit, string output, bool truncated, bool byAgent)
    {
        string status = $$"""{"exited": true, "exitcode": 3, "out-data": "{{Convert.ToBase64String("hello world"u8)}}", "out-truncated": {{(byAgent ? "true" : "false")}}}""";
        await using var fake = new FakeAgent { Answer = request => request.Returns(request.Command == "guest-exec" ? "{\"pid\": 1}" : status) };
        await using var agent = new GuestAgent(fake.Client);

        GuestExecResult result = await agent.ExecAsync(new GuestCommand("x") { MaxOutputBytes = limit });

        Assert.Equal((3, output, truncated, false), (result.ExitCode, result.OutputText, result.IsOutputTruncated, result.IsErrorTruncated));
    }

    [Fact]
    public async Task A_file_without_end_is_read_as_far_as_the_caller_wants_and_closed()
    {
        await using var fake = new FakeAgent
        {
            Answer = request => request.Returns(request.Command switch
            {
                "guest-file-open" => "7",
                "guest-file-read" => $$"""{"count": 1000, "buf-b64": "{{Convert.ToBase64String(new byte[1000])}}", "eof": false}""",
                _ => "{}",
            }),
        };
        await using var agent = new GuestAgent(fake.Client);
        using var copy = new MemoryStream();

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.ReadFileAsync("/dev/zero", copy, maxBytes: 5500));

        Assert.Equal("the guest's /dev/zero is longer than 5500 bytes", error.Message);
        Assert.Equal((5000, "guest-file-close"), (copy.Length, fake.Commands.Last()));
    }

    [Theory]
    [InlineData(0, "takes no more")]
    [InlineData(-1, "wrote -1 bytes of 4")]
    [InlineData(5, "wrote 5 bytes of 4")]
    public async Task A_write_of_an_impossible_length_ends_the_copy_and_the_file_is_closed(int count, string complaint)
    {
        await using var fake = new FakeAgent
        {
            Answer = request => request.Returns(request.Command switch
            {
                "guest-file-open" => "7",
                "guest-file-write" => $$"""{"count": {{count}}, "eof": false}""",
                _ => "{}",
            }),
        };
        await using var agent = new GuestAgent(fake.Client);

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.WriteFileAsync("/tmp/x", new MemoryStream([1, 2, 3, 4])));

        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.Equal("guest-file-close", fake.Commands.Last());
    }

    [Fact]
    public async Task A_file_is_written_on_from_where_a_short_write_ended()
    {
        var written = new MemoryStream();
        await using var fake = new FakeAgent
        {
            Answer = request =>
            {
                if (request.Command != "guest-file-write")
                {
                    return request.Returns(request.Command == "guest-file-open" ? "7" : "{}");
                }

                byte[] bytes = request.Arguments.GetProperty("buf-b64").GetBytesFromBase64();
                int taken = Math.Min(bytes.Length, 3);
                written.Write(bytes, 0, taken);
                return request.Returns($$"""{"count": {{taken}}, "eof": false}""");
            },
        };
        await using var agent = new GuestAgent(fake.Client);

        Assert.Equal(11, await agent.WriteFileAsync("/tmp/x", new MemoryStream("hello world"u8.ToArray())));

        Assert.Equal("hello world", Encoding.UTF8.GetString(written.ToArray()));
    }

    [Fact]
    public async Task A_shutdown_that_the_agent_gets_done_with_is_accepted()
    {
        await using var fake = new FakeAgent { Answer = _ => null };
        await using var agent = new GuestAgent(fake.Client);

        Assert.Equal(GuestDeparture.Accepted, await agent.ShutdownAsync(GuestShutdownMode.Reboot));
        Assert.Equal(["guest-shutdown"], fake.Commands);
    }

    [Fact]
    public async Task A_shutdown_that_the_agent_refuses_is_an_error()
    {
        await using var fake = new FakeAgent { Answer = request => request.Fails("GenericError", "child process has failed to shutdown") };
        await using var agent = new GuestAgent(fake.Client);

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.ShutdownAsync());

        Assert.Equal("the guest agent refused guest-shutdown: child process has failed to shutdown", error.Message);
        fake.Answer = request => request.Returns("{}");
        await agent.PingAsync();
    }

    [Theory]
    [InlineData(true, GuestDeparture.Closed)]
    [InlineData(false, GuestDeparture.Silent)]
    public async Task A_guest_that_goes_without_a_word_is_gone(bool closes, GuestDeparture seen)
    {
        await using var fake = new FakeAgent();
        await using var agent = new GuestAgent(fake.Client) { QuietTime = Patience.Moment };
        await agent.PingAsync();
        fake.Synchronize = _ => null;
        fake.Answer = _ =>
        {
            if (closes)
            {
                fake.Output.Complete();
            }

            return null;
        };

        Assert.Equal(seen, await agent.SuspendAsync(GuestSuspendMode.Ram));
    }

    [Fact]
    public async Task Logging_off_on_Windows_ends_every_session_of_the_user()
    {
        const string Listing = " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME\r\n>alice                 console             1  Active      none   1/1/2026 8:00 AM\r\n alice                                     3  Disc        1:02   1/1/2026 9:00 AM\r\n alice2                rdp-tcp#4           4  Active          .  1/1/2026 9:30 AM\r\n";
        var programs = new List<string>();
        await using var fake = new FakeAgent { Answer = request => Windows(request, programs, Listing) };
        await using var agent = new GuestAgent(fake.Client);

        await agent.LogOffAsync("Alice");

        Assert.Equal(["quser.exe Alice", "logoff.exe 1", "logoff.exe 3"], programs);
        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.LogOffAsync("bob"));
        Assert.Contains("lists no session of that name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--all")]
    [InlineData("/server:other")]
    public async Task A_name_that_could_be_an_option_is_not_logged_off(string name)
    {
        await using var fake = new FakeAgent();
        await using var agent = new GuestAgent(fake.Client);

        await Assert.ThrowsAsync<ArgumentException>(() => agent.LogOffAsync(name));
        Assert.Empty(fake.Commands);
    }

    private static byte[] Windows(Request request, List<string> programs, string listing)
    {
        switch (request.Command)
        {
            case "guest-get-osinfo":
                return request.Returns("{\"id\": \"mswindows\"}");
            case "guest-exec":
                JsonElement arguments = request.Arguments;
                programs.Add($"{arguments.GetProperty("path").GetString()} {arguments.GetProperty("arg")[0].GetString()}");
                return request.Returns("{\"pid\": 1}");
            default:
                return request.Returns($$"""{"exited": true, "exitcode": 0, "out-data": "{{Convert.ToBase64String(Encoding.UTF8.GetBytes(listing))}}"}""");
        }
    }
}
