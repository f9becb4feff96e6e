using System.Text.Json;
using System.Text.Json.Serialization;
using FastRing.Console.Ports;

namespace FastRing.Console.Endpoints;

/// <summary>What goes along with a socket that is handed to a client, as one line of JSON, for example <c>{"port":"org.example.0","session":{"guest":1,"guestOpens":2,"hostOpens":3}}</c>.</summary>
/// <param name="Port">Name of the port; empty for a console.</param>
/// <param name="Session">Who is talking to whom once the client has its socket.</param>
internal sealed record PassHeader(string Port, PortSession Session)
{
    /// <summary>The line for a client that is about to be served.</summary>
    public static byte[] For(IEndpointObserver observer)
    {
        PortSession now = observer.Session;
        var header = new PassHeader(observer.Name, now with { HostOpens = now.HostOpens + 1 });
        return [.. JsonSerializer.SerializeToUtf8Bytes(header, PassHeaderJson.Default.PassHeader), (byte)'\n'];
    }
}

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PassHeader))]
internal sealed partial class PassHeaderJson : JsonSerializerContext;
