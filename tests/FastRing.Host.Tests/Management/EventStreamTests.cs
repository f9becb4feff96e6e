using System.Text.Json;
using FastRing.Host.Management;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Management;

/// <summary>Events as a client of the API sees them.</summary>
public sealed class EventStreamTests
{
    private const string Config =
        """
        { "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock" }, { "name": "vm1", "socketPath": "FOLDER/vm1.sock" } ] }
        """;

    [Fact]
    public async Task What_happens_is_told_as_it_happens()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        using Reading events = await Reading.OpenAsync(rig);

        await rig.SendAsync("POST", "/v1/guests/vm0/ports", """{"name": "x", "backend": "echo"}""");
        await rig.SendAsync("PUT", "/v1/guests/vm0/ports/x/limits", "{}");
        await rig.SendAsync("DELETE", "/v1/guests/vm0/ports/x");

        var seen = new List<string>();
        while (!seen.Contains("removed"))
        {
            (long id, string kind, JsonElement data) = await events.NextAsync();
            Assert.Equal(id, data.GetProperty("number").GetInt64());
            Assert.Equal(kind, data.GetProperty("kind").GetString());
            Assert.Equal("vm0", data.GetProperty("guest").GetString());
            Assert.Equal("x", data.GetProperty("port").GetString());
            seen.Add(kind);
        }

        Assert.Equal(["added", "hostOpened", "limitsChanged", "removed"], seen);
    }

    [Fact]
    public async Task A_reader_that_comes_back_goes_on_where_it_was()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        await TellAsync(rig, 10);

        using Reading events = await Reading.OpenAsync(rig, lastEventId: "4");
        for (long expected = 5; expected <= 10; expected++)
        {
            Assert.Equal(expected, (await events.NextAsync()).Id);
        }
    }

    [Fact]
    public async Task A_reader_that_comes_back_too_late_sees_a_gap_in_the_numbers()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        await TellAsync(rig, EventFeed.Kept + 100);

        using Reading events = await Reading.OpenAsync(rig, lastEventId: "4");
        Assert.Equal(101, (await events.NextAsync()).Id);
    }

    [Fact]
    public async Task A_reader_that_does_not_read_costs_nobody_anything_and_sees_a_gap()
    {
        const int Count = 30_000; // Some 4 MB as events: more than the sockets and the server hold.
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        using Reading slow = await Reading.OpenAsync(rig);
        using Reading other = await Reading.OpenAsync(rig);
        Task<long> others = Task.Run(async () =>
        {
            long last = 0;
            while (last < Count)
            {
                last = (await other.NextAsync()).Id;
            }

            return last;
        });
        for (int told = 0; told < Count;)
        {
            int batch = Math.Min(500, Count - told);
            await TellAsync(rig, batch);
            told += batch;
        }

        Assert.Equal(Count, await others.WaitAsync(Eventually.Patience));
        var numbers = new List<long>();
        while (numbers is not [.., Count])
        {
            numbers.Add((await slow.NextAsync()).Id);
        }

        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.True(numbers.Count < Count, "nothing was skipped");
    }

    [Fact]
    public async Task One_guests_events_can_be_asked_for()
    {
        await using ApiRig rig = await ApiRig.StartAsync(Config);
        using Reading events = await Reading.OpenAsync(rig, "?guest=vm1");
        rig.Events.Tell("vm0", "connected");
        rig.Events.Tell("vm1", "connected");
        Assert.Equal("vm1", (await events.NextAsync()).Data.GetProperty("guest").GetString());
    }

    private static async Task TellAsync(ApiRig rig, int count)
    {
        long last = rig.Events.Last;
        for (int i = 0; i < count; i++)
        {
            rig.Events.Tell("vm0", "connected", "padding for the event, so that fewer fill a socket's buffer: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        }

        await Eventually.IsAsync(() => rig.Events.Last == last + count, "all records");
    }

    /// <summary>A reader of the stream.</summary>
    private sealed class Reading(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<Reading> OpenAsync(ApiRig rig, string query = "", string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events" + query);
            if (lastEventId is not null)
            {
                request.Headers.Add("Last-Event-ID", lastEventId);
            }

            HttpResponseMessage response = await rig.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new Reading(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task<(long Id, string Kind, JsonElement Data)> NextAsync()
        {
            long id = 0;
            string kind = "";
            JsonElement data = default;
            while (await reader.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line)
            {
                if (line.Length == 0 && id > 0)
                {
                    return (id, kind, data);
                }

                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                string value = colon > 0 ? line[(colon + 2)..] : "";
                switch (colon > 0 ? line[..colon] : "")
                {
                    case "id":
                        id = long.Parse(value);
                        break;
                    case "event":
                        kind = value;
                        break;
                    case "data":
                        data = JsonDocument.Parse(value).RootElement;
                        break;
                }
            }

            throw new EndOfStreamException();
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
