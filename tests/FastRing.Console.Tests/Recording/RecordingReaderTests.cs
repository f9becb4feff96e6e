using System.Text;
using FastRing.Console.Recording;

namespace FastRing.Console.Tests.Recording;

/// <summary>A recording is a file from anywhere.</summary>
public sealed class RecordingReaderTests
{
    private const string Header = """{"format":"fastring-recording","version":1,"device":"vm","port":"a","id":1,"isConsole":false,"started":"2026-11-30T10:00:00Z","withPayload":true,"isGuestOpen":false,"isHostOpen":true}""";

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("{}", "it is empty")] // A line without an end is none.
    [InlineData("nonsense\n", "line 1")]
    [InlineData("{}\n", "line 1")]
    [InlineData("null\n", "line 1")]
    [InlineData("{\"format\":\"pcap\",\"version\":1,\"device\":\"\",\"port\":\"\",\"id\":1,\"isConsole\":false,\"started\":\"2026-11-30T10:00:00Z\",\"withPayload\":true,\"isGuestOpen\":false,\"isHostOpen\":true}\n", "the format is not")]
    public async Task What_is_no_recording_is_refused_with_its_reason(string text, string why)
    {
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => RecordingReader.OpenAsync(Of(text)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_version_is_refused_and_members_nobody_knows_are_passed_over()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => RecordingReader.OpenAsync(Of(Header.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal) + "\n")));
        List<RecordedEvent> events = await ReadAsync("""{"us":1,"from":"Guest","bytes":2,"text":"hi","colour":"blue"}""");
        Assert.Equal("hi"u8.ToArray(), Assert.Single(events).Payload);
    }

    [Theory]
    [InlineData("""{"us":-1,"from":"Guest","bytes":1}""", "negative")]
    [InlineData("""{"us":1,"from":"Guest","bytes":-1}""", "negative")]
    [InlineData("""{"us":1,"from":"Guest","bytes":9000000000000}""", "more bytes than an event has")]
    [InlineData("""{"us":1,"from":"Guest","bytes":3,"text":"hi"}""", "2 bytes instead of 3")]
    [InlineData("""{"us":1,"from":"Host","bytes":1,"base64":"!"}""", "line 2")]
    [InlineData("""{"us":1,"from":"Host"}""", "no bytes")]
    [InlineData("""{"us":1,"from":"Nobody","bytes":1}""", "line 2")]
    [InlineData("""{"us":1,"bytes":1}""", "an event of nobody")]
    [InlineData("""{"us":1,"from":"Driver","event":"Never"}""", "line 2")]
    [InlineData("""{"us":1,"from":"Driver","value":65536}""", "line 2")]
    [InlineData("[]", "line 2")]
    public async Task A_line_that_is_no_event_is_named(string line, string why)
    {
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(line));
        Assert.Contains("line 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_an_end_is_no_more_than_its_limit_in_memory()
    {
        var endless = new MemoryStream([.. Encoding.UTF8.GetBytes(Header + "\n"), .. Enumerable.Repeat((byte)' ', 4 << 20)]);
        RecordingReader reader = await RecordingReader.OpenAsync(endless);
        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (RecordedEvent _ in reader.ReadAsync())
            {
            }
        });
        Assert.Contains("longer than", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_recorder_left_is_read_up_to_its_last_whole_line()
    {
        RecordingReader reader = await RecordingReader.OpenAsync(Of(Header + "\n{\"us\":1,\"from\":\"Guest\",\"bytes\":2,\"text\":\"hi\"}\n{\"us\":2,\"fr"));
        Assert.Single(await AllAsync(reader));
    }

    private static MemoryStream Of(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task<List<RecordedEvent>> ReadAsync(string line) => await AllAsync(await RecordingReader.OpenAsync(Of($"{Header}\n{line}\n")));

    private static async Task<List<RecordedEvent>> AllAsync(RecordingReader reader)
    {
        var events = new List<RecordedEvent>();
        await foreach (RecordedEvent happened in reader.ReadAsync())
        {
            events.Add(happened);
        }

        return events;
    }
}
