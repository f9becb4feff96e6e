using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRing.Console.Recording;

/// <summary>Reads what <see cref="Ports.Port.RecordAsync"/> wrote, or whatever else somebody says is that.</summary>
public sealed class RecordingReader
{
    private const int LongestLine = 1 << 20;

    private readonly BoundedLines _lines;

    private RecordingReader(BoundedLines lines, RecordingHeader header) => (_lines, Header) = (lines, header);

    /// <summary>What it is a recording of.</summary>
    public RecordingHeader Header { get; }

    /// <summary>Reads the first line.</summary>
    /// <param name="source">The recording; the caller's, also when this fails.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">It is no recording, or one of a later version.</exception>
    public static async Task<RecordingReader> OpenAsync(Stream source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var lines = new BoundedLines(source, LongestLine);
        ReadOnlyMemory<byte>? first = await lines.NextAsync(cancellation).ConfigureAwait(false);
        RecordingHeader header = first is { } line ? Parse(line.Span, RecordingJson.Default.RecordingHeader, lines.Number) : throw new InvalidDataException("it is empty");
        return header.Format != RecordingHeader.ThisFormat ? throw new InvalidDataException($"line 1: the format is not '{RecordingHeader.ThisFormat}'")
            : header.Version is < 1 or > RecordingHeader.ThisVersion ? throw new InvalidDataException($"line 1: version {header.Version} is not known, only 1 to {RecordingHeader.ThisVersion}")
            : new RecordingReader(lines, header);
    }

    /// <summary>The events in order.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">A line is none, or longer than any; the message names it. A last line without its end, as a recorder that was killed leaves it, is left out.</exception>
    public async IAsyncEnumerable<RecordedEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (await _lines.NextAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            RecordedEvent happened = Parse(line.Span, RecordingJson.Default.RecordedEvent, _lines.Number);
            yield return WhyInvalid(happened) is { } why ? throw new InvalidDataException($"line {_lines.Number}: {why}") : happened;
        }
    }

    private static string? WhyInvalid(RecordedEvent happened) =>
        happened.Bytes < 0 || happened.Lost < 0 || happened.Us < 0 ? "a negative figure"
        : happened.Bytes > LongestLine ? "more bytes than an event has"
        : happened.From is null != happened.Lost.HasValue ? "an event of nobody"
        : happened.From is RecordedParty.Guest or RecordedParty.Host && happened.Bytes is null ? "a write of no bytes"
        : happened.Payload is { } payload && payload.Length != happened.Bytes ? $"{payload.Length} bytes instead of {happened.Bytes}"
        : null;

    private static T Parse<T>(ReadOnlySpan<byte> line, JsonTypeInfo<T> type, long number)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"line {number}: {e.Message}");
        }
    }
}
