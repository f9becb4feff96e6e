using System.Text;
using System.Text.Json.Serialization;
using FastRing.Console.Spec;

namespace FastRing.Console.Recording;

/// <summary>A line of a recording but the first. Which members it has says what happened: bytes passed, a control message did, or events are missing.</summary>
public sealed record RecordedEvent
{
    /// <summary>When, in microseconds since the recording began.</summary>
    public long Us { get; init; }

    /// <summary>Whose doing; null: events were lost here.</summary>
    public RecordedParty? From { get; init; }

    /// <summary>The control message; null: none.</summary>
    public ControlEvent? Event { get; init; }

    /// <summary>Its value.</summary>
    public ushort Value { get; init; }

    /// <summary>What followed it: a port's name.</summary>
    public string? Detail { get; init; }

    /// <summary>The driver is gone, or starts anew: nothing it said holds any more.</summary>
    public bool Reset { get; init; }

    /// <summary>Bytes that passed; null: it is no such event.</summary>
    public long? Bytes { get; init; }

    /// <summary>The host's side did not get them.</summary>
    public bool Discarded { get; init; }

    /// <summary>The bytes, where they are text; null: see <see cref="Base64"/>.</summary>
    public string? Text { get; init; }

    /// <summary>The bytes, where they are not; null too: they were not recorded.</summary>
    public byte[]? Base64 { get; init; }

    /// <summary>Events that are missing here because the recording was not read fast enough; null: none.</summary>
    public long? Lost { get; init; }

    /// <summary>The bytes; null: they were not recorded.</summary>
    [JsonIgnore]
    public byte[]? Payload => Text is { } text ? Encoding.UTF8.GetBytes(text) : Base64;
}
