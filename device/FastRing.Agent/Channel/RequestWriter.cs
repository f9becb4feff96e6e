using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace FastRing.Agent.Channel;

/// <summary>Writes requests into a buffer that is used again for the next.</summary>
internal sealed class RequestWriter : IDisposable
{
    private const int KeptBytes = 64 << 10;

    private readonly Utf8JsonWriter _json = new(Stream.Null);
    private ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was added since <see cref="Begin"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>Forgets the last ones, which must have been sent.</summary>
    public void Begin()
    {
        if (_bytes.Capacity > KeptBytes)
        {
            _bytes = new ArrayBufferWriter<byte>();
        }

        _bytes.ResetWrittenCount();
    }

    /// <summary>Adds a request.</summary>
    /// <param name="members">Writes its members but for "id".</param>
    /// <param name="id">Its id; null for none.</param>
    public void Add(Action<Utf8JsonWriter> members, long? id)
    {
        _json.Reset(_bytes);
        _json.WriteStartObject();
        members(_json);
        if (id is { } number)
        {
            _json.WriteNumber("id"u8, number);
        }

        _json.WriteEndObject();
        _json.Flush();
        _bytes.Write("\n"u8);
    }

    /// <summary>Adds guest-sync-delimited.</summary>
    /// <param name="sentinel">Makes the agent forget half a command that somebody else may have left behind; it complains of it.</param>
    /// <param name="withId">Whether the request has its number also as its "id".</param>
    /// <returns>The number its answer returns.</returns>
    public long AddSync(bool sentinel, bool withId)
    {
        long number = ((long)RandomNumberGenerator.GetInt32(1 << 20) << 32) | (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
        if (sentinel)
        {
            _bytes.Write([AgentLink.Sentinel]);
        }

        Add(json => WriteSync(json, number), withId ? number : null);
        return number;
    }

    public void Dispose() => _json.Dispose();

    private static void WriteSync(Utf8JsonWriter json, long number)
    {
        json.WriteString("execute"u8, "guest-sync-delimited"u8);
        json.WriteStartObject("arguments"u8);
        json.WriteNumber("id"u8, number);
        json.WriteEndObject();
    }
}
