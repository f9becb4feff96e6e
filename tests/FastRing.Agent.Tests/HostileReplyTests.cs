using System.IO.Pipelines;

namespace FastRing.Agent.Tests;

/// <summary>An agent that answers with what is no answer: the call fails and says so, and the next call is right again.</summary>
public sealed class HostileReplyTests
{
    private const string Deep = """{"return": {"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}, "id": ID}""";

    public static TheoryData<string, string> NoAnswers => new()
    {
        { "", "(nothing)" },
        { "garbage", "garbage" },
        { "[1, 2]", "no JSON object" },
        { "\"text\"", "no JSON object" },
        { """{"return": {}, "id": ID""", "no JSON object" },
        { """{"return": {}, "id": ID} x""", "no JSON object" },
        { """{"return": {}, "error": {}, "id": ID}""", "one of return and error" },
        { """{"id": ID}""", "one of return and error" },
        { """{"return": {}, "id": 4711}""", "answered a request that was never sent" },
        { """{"return": {}, "id": "ID"}""", "answered a request that was never sent" },
        { """{"return": {}, "id": {"a": ID}}""", "answered a request that was never sent" },
        { """{"return": {}, "id": 1e400}""", "answered a request that was never sent" },
        { """{"return": {}}""", "came without the request's id" },
        { """{"error": {"class": "GenericError", "desc": "JSON parse error"}}""", "came without the request's id" },
        { "ÿ{\"return\": {}, \"id\": ID}", "no JSON object" },
        { "{\"return\": \"ÿ\", \"id\": ID}", "no JSON object" },
        { Deep, "no JSON object" },
    };

    [Theory]
    [MemberData(nameof(NoAnswers))]
    public async Task What_is_no_answer_fails_its_call_and_the_next_call_is_right_again(string line, string complaint)
    {
        await using var fake = new FakeAgent();
        await using var agent = new GuestAgent(fake.Client);
        await agent.PingAsync();
        fake.Answer = request => request.Line(line);

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.PingAsync());

        Assert.Contains("guest-ping", error.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Null(error.ErrorClass);
        fake.Answer = request => request.Returns("{\"host-name\": \"right\"}");
        Assert.Equal("right", await agent.GetHostNameAsync());
        Assert.Equal(2, fake.Synchronizations);
    }

    [Theory]
    [InlineData("guest-get-users", """{"user": "alice"}""")]
    [InlineData("guest-get-users", """[{"user": "alice"}]""")]
    [InlineData("guest-get-users", """[{"user": 5, "login-time": 1}]""")]
    [InlineData("guest-get-users", """[{"user": null, "login-time": 1}]""")]
    [InlineData("guest-get-users", """[null]""")]
    [InlineData("guest-network-get-interfaces", """[{"name": "eth0", "ip-addresses": [null]}]""")]
    [InlineData("guest-get-time", "1e30")]
    [InlineData("guest-get-time", "null")]
    [InlineData("guest-get-time", "\"now\"")]
    [InlineData("guest-get-host-name", """{"host-name": "\ud800"}""")]
    [InlineData("guest-file-read", """{"count": 3, "buf-b64": "no base64", "eof": false}""")]
    [InlineData("guest-file-read", """{"count": 4, "buf-b64": "QUJD", "eof": false}""")]
    [InlineData("guest-file-read", """{"count": 12, "buf-b64": "QUJDQUJDQUJD", "eof": false}""")]
    [InlineData("guest-fsfreeze-status", "\"melted\"")]
    public async Task An_answer_of_the_wrong_shape_fails_its_call_and_costs_no_synchronisation(string command, string value)
    {
        await using var fake = new FakeAgent { Answer = request => request.Returns(value) };
        await using var agent = new GuestAgent(fake.Client);
        Dictionary<string, Func<Task>> calls = new()
        {
            ["guest-get-users"] = () => agent.GetUsersAsync(),
            ["guest-network-get-interfaces"] = () => agent.GetNetworkInterfacesAsync(),
            ["guest-get-time"] = () => agent.GetTimeAsync(),
            ["guest-get-host-name"] = () => agent.GetHostNameAsync(),
            ["guest-file-read"] = () => agent.ReadFileAsync(1, 8),
            ["guest-fsfreeze-status"] = () => agent.GetFsfreezeStatusAsync(),
        };

        AgentException error = await Assert.ThrowsAsync<AgentException>(calls[command]);

        Assert.Contains(command, error.Message, StringComparison.Ordinal);
        Assert.Equal(command, error.Command);
        fake.Answer = request => request.Returns("{}");
        await agent.PingAsync();
        Assert.Equal(1, fake.Synchronizations);
    }

    [Fact]
    public async Task Members_that_nobody_knows_are_passed_over()
    {
        await using var fake = new FakeAgent
        {
            Answer = request => request.Line("""{"x": [null, {"return": 1}], "return": [{"user": "alice", "shell": [{"null": null}], "login-time": 1.5}], "id": ID, "y": "}"}"""),
        };
        await using var agent = new GuestAgent(fake.Client);

        GuestUser user = Assert.Single(await agent.GetUsersAsync());

        Assert.Equal(("alice", DateTimeOffset.UnixEpoch.AddSeconds(1.5)), (user.Name, user.LoggedInAt));
    }

    [Fact]
    public async Task The_agents_own_error_is_told_in_one_line()
    {
        await using var fake = new FakeAgent { Answer = request => request.Fails("CommandNotFound", "no\nsuch\u0007 " + new string('x', 10_000)) };
        await using var agent = new GuestAgent(fake.Client);

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.PingAsync());

        Assert.StartsWith("the guest agent refused guest-ping: no such  xxx", error.Message, StringComparison.Ordinal);
        Assert.Equal(("guest-ping", "CommandNotFound", true), (error.Command, error.ErrorClass, error.IsCommandMissing));
        Assert.InRange(error.Description!.Length, 400, 401);
        Assert.Equal(1, fake.Synchronizations);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("{}")]
    [InlineData("""{"class": 5}""")]
    public async Task An_error_without_words_is_an_error_all_the_same(string error)
    {
        await using var fake = new FakeAgent { Answer = request => request.Line($$"""{"error": {{error}}, "id": ID}""") };
        await using var agent = new GuestAgent(fake.Client);

        AgentException thrown = await Assert.ThrowsAsync<AgentException>(() => agent.PingAsync());

        Assert.Equal("GenericError", thrown.ErrorClass);
    }

    [Fact]
    public async Task A_line_without_end_is_dropped_as_it_comes()
    {
        const int Limit = 10_000;
        await using var fake = new FakeAgent();
        await using var channel = new AgentChannel(fake.Client) { MaxReplyBytes = Limit };
        await using var agent = new GuestAgent(channel);
        await agent.PingAsync();
        fake.Answer = request => [.. Request.Bytes("{\"return\": \""), .. Enumerable.Repeat((byte)'x', Limit)];

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.PingAsync());

        Assert.Contains("longer than 10000 bytes", error.Message, StringComparison.Ordinal);
        fake.Answer = request => request.Returns("{\"host-name\": \"right\"}");
        fake.Synchronize = request => [.. Enumerable.Repeat((byte)'x', 100 * Limit), .. FakeAgent.Synchronized(request)];
        Assert.Equal("right", await agent.GetHostNameAsync());
    }

    [Theory]
    [InlineData("{\"return\": {}}\n{\"return\": 1, \"id\": 2}\n")]
    [InlineData("half a line ÿ")]
    [InlineData("ÿÿÿ{\"return\": 5}\nÿ")]
    [InlineData("{\"return\": \"ÿ{\\\"return\\\": 5}\n")]
    public async Task What_was_said_before_the_first_request_is_no_answer(string before)
    {
        await using var fake = new FakeAgent { Answer = request => request.Returns("{\"host-name\": \"right\"}") };
        await fake.SayAsync(before);
        await using var agent = new GuestAgent(fake.Client);

        Assert.Equal("right", await agent.GetHostNameAsync());
    }

    [Fact]
    public async Task Of_two_answers_to_a_request_the_second_answers_nothing()
    {
        await using var fake = new FakeAgent { Answer = request => [.. request.Returns("{\"host-name\": \"first\"}"), .. request.Returns("{\"host-name\": \"second\"}")] };
        await using var agent = new GuestAgent(fake.Client);

        Assert.Equal("first", await agent.GetHostNameAsync());
        fake.Answer = request => request.Returns("{\"host-name\": \"third\"}");
        Assert.Equal("third", await agent.GetHostNameAsync());
        Assert.Equal(1, fake.Synchronizations);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_comes_after_its_call_timed_out_is_not_taken_for_the_next_ones(bool repeatsIds)
    {
        await using var fake = new FakeAgent { RepeatsIds = repeatsIds };
        await using var agent = new GuestAgent(fake.Client);
        await agent.PingAsync();
        byte[] late = [];
        fake.Answer = request =>
        {
            late = request.Returns("{\"host-name\": \"stale\"}");
            return null;
        };
        agent.Timeout = Patience.Moment;

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => agent.GetHostNameAsync());

        Assert.Equal("guest-get-host-name: the guest agent did not answer within 0.1 s", error.Message);
        fake.Synchronize = request => [.. late, .. FakeAgent.Synchronized(request)];
        fake.Answer = request => [.. repeatsIds ? late : [], .. request.Returns("{\"host-name\": \"right\"}")];
        agent.Timeout = Patience.Long;
        Assert.Equal("right", await agent.GetHostNameAsync());
    }

    [Fact]
    public async Task Answers_that_come_byte_by_byte_are_whole_answers()
    {
        await using var fake = new FakeAgent(running: false);
        await using var agent = new GuestAgent(fake.Client);
        Task<IReadOnlyList<GuestUser>> call = agent.GetUsersAsync();
        Task slow = Task.Run(async () =>
        {
            await SayByteByByteAsync(fake, FakeAgent.Synchronized(await RequestAsync(fake)));
            await SayByteByByteAsync(fake, (await RequestAsync(fake)).Returns("""[{"user": "alice", "login-time": 1}]"""));
        });

        Assert.Single(await call);
        await slow;
    }

    [Fact]
    public async Task The_end_of_the_stream_is_told_as_such_by_every_call_from_then_on()
    {
        await using var fake = new FakeAgent();
        await using var agent = new GuestAgent(fake.Client);
        await agent.PingAsync();
        fake.Synchronize = _ => null;
        fake.Answer = request =>
        {
            fake.Output.Complete();
            return null;
        };

        EndOfStreamException error = await Assert.ThrowsAsync<EndOfStreamException>(() => agent.PingAsync());

        Assert.Contains("guest-ping: the guest agent's port closed", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EndOfStreamException>(() => agent.PingAsync());
    }

    private static async Task SayByteByByteAsync(FakeAgent fake, byte[] bytes)
    {
        foreach (byte b in bytes)
        {
            await fake.Output.WriteAsync(new[] { b });
        }
    }

    private static async Task<Request> RequestAsync(FakeAgent fake)
    {
        ReadResult result = await fake.Input.ReadAtLeastAsync(1);
        string line = System.Text.Encoding.Latin1.GetString(System.Buffers.BuffersExtensions.ToArray(result.Buffer)).TrimStart('ÿ');
        fake.Input.AdvanceTo(result.Buffer.End);
        System.Text.Json.JsonElement root = System.Text.Json.JsonDocument.Parse(line).RootElement;
        root.TryGetProperty("arguments", out System.Text.Json.JsonElement arguments);
        return new Request(root.GetProperty("execute").GetString()!, arguments, root.GetProperty("id").GetRawText());
    }
}
