using System.Buffers;
using System.Text.Json;
using FastRing.Agent.Channel;

namespace FastRing.Agent.Broker;

/// <summary>Lines for clients, as the agent writes them.</summary>
internal static class ClientAnswer
{
    /// <summary>The agent's answer with the client's id.</summary>
    public static ReadOnlyMemory<byte> Of(AgentReply reply, ClientRequest request)
    {
        bool succeeded = reply.Return is not null;
        var line = new ArrayBufferWriter<byte>();
        if (request.IsDelimited && succeeded)
        {
            line.Write([AgentLink.Sentinel]);
        }

        line.Write(succeeded ? "{\"return\": "u8 : "{\"error\": "u8);
        foreach (ReadOnlyMemory<byte> part in reply.Return ?? reply.Error!.Value)
        {
            line.Write(part.Span);
        }

        End(line, request.Id);
        return line.WrittenMemory;
    }

    /// <summary>An error that is not the agent's.</summary>
    public static ReadOnlyMemory<byte> OfError(string description, byte[]? id, string? errorClass = null)
    {
        var line = new ArrayBufferWriter<byte>();
        line.Write("{\"error\": "u8);
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("class", errorClass ?? "GenericError");
            json.WriteString("desc", description);
            json.WriteEndObject();
        }

        End(line, id);
        return line.WrittenMemory;
    }

    private static void End(ArrayBufferWriter<byte> line, byte[]? id)
    {
        if (id is not null)
        {
            line.Write(", \"id\": "u8);
            line.Write(id);
        }

        line.Write("}\n"u8);
    }
}
