using System.Text.Json;
using System.Text.Unicode;

namespace FastRing.Agent.Broker;

/// <summary>A request of a client's, checked: nothing of it can make the agent lose its place in the stream.</summary>
internal sealed class ClientRequest
{
    private const string SyncDelimited = "guest-sync-delimited";

    private static readonly HashSet<string> Unanswered = ["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"];

    private readonly List<(string Name, byte[] Json)> _members = [];

    private ClientRequest(string? fault) => Fault = fault;

    /// <summary>What is wrong with it, in the agent's words; null for nothing that could be seen here.</summary>
    public string? Fault { get; private init; }

    /// <summary>Its command, or what stands for it in errors.</summary>
    public string Command { get; private set; } = "a request without a command";

    /// <summary>Its "id" as the client wrote it; null if it has none.</summary>
    public byte[]? Id { get; private set; }

    /// <summary>Whether its answer begins with 0xFF.</summary>
    public bool IsDelimited { get; private set; }

    /// <summary>Whether an answer comes when it succeeds.</summary>
    public bool IsAnsweredOnSuccess => !Unanswered.Contains(Command);

    /// <summary>A request that is none.</summary>
    public static ClientRequest Broken(string fault) => new(fault);

    /// <summary>Reads one JSON value.</summary>
    public static ClientRequest Parse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            return Broken("JSON parse error, invalid UTF-8 sequence in string");
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return Broken("QMP input must be a JSON object");
            }

            var request = new ClientRequest(null);
            request.TakeMembers(ref reader, json);
            return request;
        }
        catch (JsonException)
        {
            return Broken("JSON parse error, expecting value");
        }
        catch (InvalidOperationException)
        {
            return Broken("JSON parse error, invalid string"); // Half a surrogate pair.
        }
    }

    /// <summary>Writes its members, but for the id.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        foreach ((string name, byte[] value) in _members)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value);
        }
    }

    private void TakeMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            Take(name, text, json[start..(int)reader.BytesConsumed].ToArray());
        }
    }

    private void Take(string name, string? text, byte[] value)
    {
        if (name == "id")
        {
            Id = value;
            return;
        }

        if (name == "execute" && text is not null)
        {
            IsDelimited = text == SyncDelimited;
            Command = IsDelimited ? "guest-sync" : text;
            value = IsDelimited ? "\"guest-sync\""u8.ToArray() : value;
        }

        _members.Add((name, value));
    }
}
