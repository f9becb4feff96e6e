using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>Bytes read from a file (<c>GuestFileRead</c>).</summary>
/// <param name="Count">How many.</param>
/// <param name="Data">The bytes.</param>
/// <param name="Eof">Whether the file's end was seen.</param>
public sealed record GuestFileRead(long Count, [property: JsonPropertyName("buf-b64")] ReadOnlyMemory<byte> Data, bool Eof);
