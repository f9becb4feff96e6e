using System.Net.Sockets;
using System.Text.Json;
using CsCheck;

namespace FastRing.Agent.Tests;

/// <summary>Programs that speak the agent's own protocol and share it without knowing.</summary>
public sealed class BrokerTests
{
    [Theory]
    [InlineData("{\"execute\":\"guest-ping\"}\n", "{\"return\": {}}")]
    [InlineData("{\"execute\":\"guest-ping\",\"id\":\"x\"}\n", "{\"return\": {}, \"id\": \"x\"}")]
    [InlineData("{\"id\":{\"a\": [1, null]},\"execute\":\"guest-ping\"}", "{\"return\": {}, \"id\": {\"a\": [1, null]}}")]
    [InlineData(" \r\n{\n  \"execute\" :\n\t\"guest-ping\"\n}\n", "{\"return\": {}}")]
    [InlineData("{\"execute\":\"guest-sync\",\"arguments\":{\"id\":42}}\n", "{\"return\": 42}")]
    [InlineData("ÿ{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":42}}\n", "ÿ{\"return\": 42}")]
    [InlineData("{\"execute\":\"guest-exÿ{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":42}, \"id\": 7}\n", "ÿ{\"return\": 42, \"id\": 7}")]
    public async Task A_request_is_answered_as_the_agent_itself_answers(string request, string answer)
    {
        await using Brokered broker = await Brokered.StartAsync();

        Assert.Equal(answer, await broker.Connect().AskAsync(request));
    }

    [Theory]
    [InlineData("garbage\n", "JSON parse error")]
    [InlineData("{]\n", "JSON parse error")]
    [InlineData("{\"execute\": guest-ping}\n", "JSON parse error")]
    [InlineData("{\"execute\": \"guest-\nping\"}\n", "JSON parse error")]
    [InlineData("{\"execute\": \"\\ud800\"}\n", "JSON parse error")]
    [InlineData("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"\u00e4\"}}\n", "JSON parse error")]
    [InlineData("[1]\n", "QMP input must be a JSON object")]
    [InlineData("{}\n", "QMP input lacks member 'execute'")]
    [InlineData("{\"execute\": 5}\n", "QMP input member 'execute' must be a string")]
    [InlineData("{\"execute\": \"guest-ping\", \"control\": 1}\n", "'control'")]
    [InlineData("{\"execute\": \"guest-nothing\"}\n", "The command guest-nothing has not been found")]
    [InlineData("{\"execute\": \"guest-sync-delimited\"}\n", "'id' is missing")]
    public async Task What_is_no_request_gets_the_agents_kind_of_error_and_disturbs_nobody(string request, string complaint)
    {
        await using Brokered broker = await Brokered.StartAsync();
        RawClient bad = broker.Connect();
        RawClient good = broker.Connect();
        Assert.Equal("{\"return\": {}}", await good.AskAsync("{\"execute\":\"guest-ping\"}\n"));

        using JsonDocument answer = JsonDocument.Parse(await bad.AskAsync(request));

        JsonElement error = answer.RootElement.GetProperty("error");
        Assert.Contains(complaint, error.GetProperty("desc").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.GetProperty("class").GetString()!);
        Assert.Equal("{\"return\": 1}", await good.AskAsync("{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}\n"));
        await bad.SayAsync("ÿ{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":2}}\n");
        Assert.Equal("ÿ{\"return\": 2}", await bad.SentinelLineAsync());
    }

    [Fact]
    public async Task Many_clients_with_the_same_ids_each_get_their_own_answers()
    {
        await using Brokered broker = await Brokered.StartAsync();
        Task direct = Task.WhenAll(Enumerable.Range(0, 20).Select(i => CallAsync(broker.Agent, i)));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            RawClient client = broker.Connect();
            string requests = string.Concat(Enumerable.Range(0, 10).Select(n => $$$"""{"execute":"guest-sync","arguments":{"id":{{{(i * 100) + n}}}},"id":{{{n}}}}"""));
            await client.SayAsync(requests);
            for (int n = 0; n < 10; n++)
            {
                Assert.Equal($"{{\"return\": {(i * 100) + n}, \"id\": {n}}}", await client.LineAsync());
            }
        }));
        await direct;

        static async Task CallAsync(GuestAgent agent, int i) => Assert.Equal(i, await agent.SyncAsync(i));
    }

    [Fact]
    public async Task A_client_that_says_all_it_has_to_say_at_once_and_closes_its_side_still_gets_every_answer()
    {
        await using Brokered broker = await Brokered.StartAsync();
        RawClient client = broker.Connect();
        await client.SayAsync("{\"execute\":\"guest-ping\"}\n{\"execute\":\"guest-sync\",\"arguments\":{\"id\":5}}");
        client.EndInput();

        Assert.Equal("{\"return\": {}}", await client.LineAsync());
        Assert.Equal("{\"return\": 5}", await client.LineAsync());
        await broker.ServedAsync();
    }

    [Fact]
    public async Task A_client_that_dies_in_mid_answer_loses_only_that()
    {
        await using Brokered broker = await Brokered.StartAsync();
        await File.WriteAllBytesAsync(broker["file"], new byte[300_000]);
        long handle = await broker.Agent.OpenFileAsync(broker["file"]);
        RawClient other = broker.Connect();
        string read = $$"""{"execute":"guest-file-read","arguments":{"handle":{{handle}},"count":300000},"id":0}""" + "\n";
        string seek = $$"""{"execute":"guest-file-seek","arguments":{"handle":{{handle}},"offset":0,"whence":"set"},"id":0}""" + "\n";
        for (int i = 0; i < 200; i++)
        {
            RawClient victim = broker.Connect();
            await victim.SayAsync(i % 2 == 0 ? seek + read : read);
            victim.Dispose();
            Assert.Equal($"{{\"return\": {i}, \"id\": 0}}", await other.AskAsync($$$"""{"execute":"guest-sync","arguments":{"id":{{{i}}}},"id":0}"""));
            Assert.Equal(i, await broker.Agent.SyncAsync(i));
        }
    }

    [Fact]
    public async Task A_client_that_reads_nothing_holds_nobody_up()
    {
        await using Brokered broker = await Brokered.StartAsync();
        await File.WriteAllBytesAsync(broker["file"], new byte[3 << 20]);
        long handle = await broker.Agent.OpenFileAsync(broker["file"]);
        RawClient deaf = broker.Connect();
        await deaf.SayAsync($$"""{"execute":"guest-file-read","arguments":{"handle":{{handle}},"count":{{3 << 20}} } }""" + "\n");

        Assert.Equal("{\"return\": {}}", await broker.Connect().AskAsync("{\"execute\":\"guest-ping\"}\n"));
        await broker.Agent.PingAsync();

        string line = await deaf.LineAsync();
        Assert.Equal(3 << 20, JsonDocument.Parse(line).RootElement.GetProperty("return").GetProperty("buf-b64").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_an_error_and_the_next_line_a_request()
    {
        await using Brokered broker = await Brokered.StartAsync();
        RawClient client = broker.Connect();

        string answer = await client.AskAsync($"{{\"execute\": \"{new string('x', 3 * Brokered.MaxRequestBytes)}\"}}{{}}\n{{\"execute\":\"guest-ping\",\"id\":1}}\n");

        Assert.Contains("limit exceeded", answer, StringComparison.Ordinal);
        Assert.Equal("{\"return\": {}, \"id\": 1}", await client.LineAsync());
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_is_an_error_to_its_client_and_a_command_that_is_not_answered_is_none()
    {
        await using var fake = new FakeAgent { Answer = request => request.Command == "guest-shutdown" ? null : request.Returns("1") };
        await using var channel = new AgentChannel(fake.Client);
        var broker = new AgentBroker(channel) { Timeout = Patience.Moment };
        (RawClient client, NetworkStream accepted) = RawClient.Connect();
        Task serving = broker.ServeAsync(accepted, CancellationToken.None);
        Assert.Equal("{\"return\": 1}", await client.AskAsync("{\"execute\":\"guest-shutdown\"}{\"execute\":\"next\"}"));

        fake.Answer = request => request.Command == "guest-shutdown" ? request.Fails("GenericError", "no") : null;
        Assert.Contains("\"desc\":\"no\"}, \"id\": 3", await client.AskAsync("{\"execute\":\"guest-shutdown\",\"id\":3}"), StringComparison.Ordinal);
        Assert.Contains("next: the guest agent did not answer within", await client.AskAsync("{\"execute\":\"next\",\"id\":4}"), StringComparison.Ordinal);

        client.Dispose();
        await serving.WaitAsync(Patience.Long);
        accepted.Dispose();
    }

    [Fact]
    public async Task The_end_of_the_agents_port_ends_the_serving_of_its_clients()
    {
        await using var fake = new FakeAgent();
        await using var channel = new AgentChannel(fake.Client);
        (RawClient client, NetworkStream accepted) = RawClient.Connect();
        Task serving = new AgentBroker(channel).ServeAsync(accepted, CancellationToken.None);
        await fake.Output.CompleteAsync();
        fake.Synchronize = _ => null;
        fake.Answer = _ => null;

        await client.SayAsync("{\"execute\":\"guest-ping\"}\n");

        await Assert.ThrowsAsync<EndOfStreamException>(() => serving.WaitAsync(Patience.Long));
        accepted.Dispose();
        client.Dispose();
    }

    /// <summary>Whatever a client sends, another one's answers are right and its own come to an end with a delimited synchronisation.</summary>
    [Fact]
    public async Task Nothing_a_client_sends_brings_another_out_of_step()
    {
        await using Brokered broker = await Brokered.StartAsync();
        RawClient other = broker.Connect();
        int number = 0;
        await Gen.Char["{}[]\":,\\ \n\0aÿ5é"].Array[0, 40].SampleAsync(
            async garbage =>
            {
                number++;
                RawClient bad = broker.Connect();
                await bad.SayAsync(new string(garbage) + $$$"""ÿ{"execute":"guest-sync-delimited","arguments":{"id":{{{number}}}}}""");
                Assert.Equal($"{{\"return\": {number}}}", await other.AskAsync($$$"""{"execute":"guest-sync","arguments":{"id":{{{number}}}}}"""));
                Assert.Equal($"ÿ{{\"return\": {number}}}", await bad.SentinelLineAsync());
                bad.Dispose();
            },
            iter: 100,
            threads: 1);
    }

    /// <summary>The real agent behind a broker.</summary>
    private sealed class Brokered : IAsyncDisposable
    {
        public const int MaxRequestBytes = 1 << 20;

        private readonly RealAgent _real;
        private readonly AgentChannel _channel;
        private readonly AgentBroker _broker;
        private readonly List<(RawClient Client, NetworkStream Accepted, Task Serving)> _clients = [];

        private Brokered(RealAgent real, AgentChannel channel)
        {
            _real = real;
            _channel = channel;
            _broker = new AgentBroker(channel) { MaxRequestBytes = MaxRequestBytes };
            Agent = new GuestAgent(channel) { Timeout = Patience.Long };
        }

        public GuestAgent Agent { get; }

        public string this[string file] => _real[file];

        public static async Task<Brokered> StartAsync()
        {
            var real = new RealAgent();
            return new Brokered(real, new AgentChannel(await real.ConnectAsync()));
        }

        public RawClient Connect()
        {
            (RawClient client, NetworkStream accepted) = RawClient.Connect();
            lock (_clients)
            {
                _clients.Add((client, accepted, _broker.ServeAsync(accepted, CancellationToken.None)));
            }

            return client;
        }

        public Task ServedAsync() => Task.WhenAll(_clients.Select(c => c.Serving)).WaitAsync(Patience.Long);

        public async ValueTask DisposeAsync()
        {
            _clients.ForEach(c => c.Client.Dispose());
            await ServedAsync();
            _clients.ForEach(c => c.Accepted.Dispose());
            await _channel.DisposeAsync();
            _real.Dispose();
        }
    }
}
