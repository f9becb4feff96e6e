using System.Text;
using System.Text.Json;

namespace FastRing.Agent.Tests.Support;

/// <summary>A request as the fake agent got it, and the answers it may give.</summary>
/// <param name="Command">The "execute" member.</param>
/// <param name="Arguments">The "arguments" member.</param>
/// <param name="Id">The "id" member; null if there is none.</param>
internal sealed record Request(string Command, JsonElement Arguments, string? Id)
{
    private string IdMember => Id is null ? "" : $", \"id\": {Id}";

    public byte[] Returns(string json) => Bytes($"{{\"return\": {json}{IdMember}}}\n");

    public byte[] Fails(string errorClass, string description) =>
        Bytes($"{{\"error\": {{\"class\": \"{errorClass}\", \"desc\": {JsonSerializer.Serialize(description)}}}{IdMember}}}\n");

    /// <summary>A line with ID for the request's id.</summary>
    public byte[] Line(string text) => Bytes(text.Replace("ID", Id, StringComparison.Ordinal) + "\n");

    /// <summary>Each character is a byte, ÿ is 0xFF.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
