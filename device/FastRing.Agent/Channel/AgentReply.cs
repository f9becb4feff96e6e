using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRing.Agent.Channel;

/// <summary>One line of the agent's, taken apart, as long as the line is there.</summary>
internal readonly struct AgentReply
{
    private AgentReply(ReadOnlySequence<byte>? value, ReadOnlySequence<byte>? error, bool hasId, long? id)
    {
        Return = value;
        Error = error;
        HasId = hasId;
        Id = id;
    }

    /// <summary>The JSON of what the command returned.</summary>
    public ReadOnlySequence<byte>? Return { get; }

    /// <summary>The JSON of its error.</summary>
    public ReadOnlySequence<byte>? Error { get; }

    /// <summary>Whether it says which request it answers.</summary>
    public bool HasId { get; }

    /// <summary>Which one, if that is a whole number.</summary>
    public long? Id { get; }

    /// <summary>Whether it is an object with either "return" or "error", and nothing behind it.</summary>
    public static bool TryParse(ReadOnlySequence<byte> line, out AgentReply reply)
    {
        reply = default;
        if (line.IsEmpty || line.PositionOf(AgentLink.Sentinel) is not null)
        {
            return false;
        }

        try
        {
            reply = Parse(line);
            return reply.Return is null != reply.Error is null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether it answers guest-sync-delimited.</summary>
    public bool Synchronizes(long id)
    {
        if (Return is not { } value)
        {
            return false;
        }

        var reader = new Utf8JsonReader(value);
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number == id;
    }

    /// <summary>What the command returned.</summary>
    /// <exception cref="AgentException">It returned an error, or something else.</exception>
    public T Read<T>(string command, JsonTypeInfo<T> type)
    {
        if (Error is { } error)
        {
            throw Fault(error).ToException(command);
        }

        try
        {
            RejectNullElements(Return!.Value);
            var reader = new Utf8JsonReader(Return.Value);
            return JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new AgentException($"the guest agent's {command} returned something else than it should: {e.Message.ReplaceLineEndings(" ")}", e) { Command = command };
        }
    }

    private static AgentReply Parse(ReadOnlySequence<byte> line)
    {
        ReadOnlySequence<byte>? value = null;
        ReadOnlySequence<byte>? error = null;
        bool hasId = false;
        long? id = null;
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("return"u8))
            {
                value = TakeValue(ref reader, line);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                error = TakeValue(ref reader, line);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                hasId = true;
                reader.Read();
                id = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) ? number : null;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read(); // Throws if anything is behind the object.
        return new AgentReply(value, error, hasId, id);
    }

    private static ReadOnlySequence<byte> TakeValue(ref Utf8JsonReader reader, ReadOnlySequence<byte> line)
    {
        reader.Read();
        long start = reader.TokenStartIndex;
        reader.Skip();
        return line.Slice(start, reader.BytesConsumed - start);
    }

    // No list of the protocol has null in it, and nobody who walks one expects it.
    private static void RejectNullElements(ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        bool isMember = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null && !isMember)
            {
                throw new JsonException("a list with null in it");
            }

            isMember = reader.TokenType == JsonTokenType.PropertyName;
        }
    }

    private static AgentFault Fault(ReadOnlySequence<byte> error)
    {
        try
        {
            var reader = new Utf8JsonReader(error);
            return JsonSerializer.Deserialize(ref reader, AgentJson.Default.AgentFault) ?? new AgentFault();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new AgentFault();
        }
    }
}
