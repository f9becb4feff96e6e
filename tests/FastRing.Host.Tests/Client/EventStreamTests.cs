using System.Text;
using FastRing.Host.Client;
using FastRing.Host.Commands;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Tests.Client;

public sealed class EventStreamTests
{
    private const string First = """{"number": 7, "time": "2026-11-29T10:15:00.25Z", "guest": "vm0", "port": "org.example.0", "id": 1, "kind": "connected", "detail": "uid 0"}""";

    private const string Second = """{"number": 8, "time": "2026-11-29T10:15:01Z", "guest": "vm0", "port": null, "id": null, "kind": "reloaded", "detail": null}""";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Events_are_read_whatever_stands_between_them(string newline)
    {
        string text = $": hello\n\nid: 7\nevent: connected\ndata: {First}\n\n: still here\n\nid: 8\nevent: reloaded\ndata: {Second}\n\n".Replace("\n", newline, StringComparison.Ordinal);
        using var daemon = new FakeDaemon(FakeDaemon.Stream(text));
        (List<EventRecord> events, ApiException end) = await ReadAsync(daemon, "vm0", 6);

        Assert.Equal([7, 8], events.Select(e => e.Number));
        Assert.Equal(ExitCode.NoDaemon, end.ExitCode);
        string request = Assert.Single(daemon.Requests);
        Assert.StartsWith("GET /v1/events?guest=vm0 ", request, StringComparison.Ordinal);
        Assert.Contains("Last-Event-ID: 6\r\n", request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_event_that_is_cut_off_is_no_event()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Stream($"data: {First}\n\ndata: {Second[..20]}"));
        (List<EventRecord> events, ApiException end) = await ReadAsync(daemon);
        Assert.Equal(7, Assert.Single(events).Number);
        Assert.Equal(ExitCode.NoDaemon, end.ExitCode);
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_in_the_middle_of_a_chunk_says_that_the_daemon_ended_it()
    {
        using var daemon = new FakeDaemon($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nff0\r\ndata: {First}\n\n");
        (List<EventRecord> events, ApiException end) = await ReadAsync(daemon);
        Assert.Single(events);
        Assert.Equal(ExitCode.NoDaemon, end.ExitCode);
    }

    [Theory]
    [InlineData("data: hello\n\n")]
    [InlineData("data: null\n\n")]
    [InlineData("data: {\"number\": \"x\"}\n\n")]
    public async Task What_is_no_event_is_an_error(string text)
    {
        using var daemon = new FakeDaemon(FakeDaemon.Stream(text));
        (List<EventRecord> events, ApiException end) = await ReadAsync(daemon);
        Assert.Empty(events);
        Assert.Equal(ExitCode.Failed, end.ExitCode);
        Assert.Contains("not an event", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_without_end_is_an_error_before_it_fills_the_memory()
    {
        using var daemon = new FakeDaemon(FakeDaemon.Stream("data: " + new string('x', BoundedEvents.LargestEvent + 1)));
        (_, ApiException end) = await ReadAsync(daemon);
        Assert.Equal(ExitCode.Failed, end.ExitCode);
        Assert.Contains("larger than 1 MiB", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_events_together_may_be_larger_than_one()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 8000; i++)
        {
            text.Append("data: ").Append(First).Append("\n\n");
        }

        using var daemon = new FakeDaemon(FakeDaemon.Stream(text.ToString()));
        (List<EventRecord> events, _) = await ReadAsync(daemon);
        Assert.Equal(8000, events.Count);
    }

    [Fact]
    public void An_event_is_a_line_of_plain_text()
    {
        var record = new EventRecord(1, new DateTimeOffset(2026, 11, 29, 10, 15, 0, 250, TimeSpan.Zero), "vm0", "", 0, "guestOpened", "a\nb\u001b[2J");
        Assert.EndsWith(" vm0/console guestOpened (a b\uFFFD[2J)", EventsCommand.Line(record), StringComparison.Ordinal);
        Assert.EndsWith(" vm0 reloaded", EventsCommand.Line(record with { Port = null, Id = null, Kind = "reloaded", Detail = null }), StringComparison.Ordinal);
    }

    private static async Task<(List<EventRecord> Events, ApiException End)> ReadAsync(FakeDaemon daemon, string? guest = null, long? after = null)
    {
        using var api = new ApiClient(daemon.SocketPath);
        List<EventRecord> events = [];
        ApiException end = await Assert.ThrowsAsync<ApiException>(async () =>
        {
            await foreach (EventRecord record in EventStream.ReadAsync(api, guest, after, CancellationToken.None))
            {
                events.Add(record);
            }
        });
        return (events, end);
    }
}
