using System.Globalization;
using System.Text.Json;
using FastRing.Console.Recording;
using FastRing.Host.Client;

namespace FastRing.Host.Recordings;

/// <summary>A recording as lines for people.</summary>
internal static class RecordingText
{
    private const int MostText = 96;
    private const int MostHex = 32;

    public static string Of(RecordingHeader header) => PlainText.Of(string.Create(
        CultureInfo.InvariantCulture,
        $"{header.Device}: port {header.Id} '{header.Port}'{(header.IsConsole ? ", a console" : "")}, {header.Started.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC; guest's side {Open(header.IsGuestOpen)}, host's side {Open(header.IsHostOpen)}"));

    public static string Of(RecordedEvent happened) => PlainText.Of(string.Create(CultureInfo.InvariantCulture, $"{happened.Us / 1e6,13:0.000000}  {What(happened)}"));

    private static string What(RecordedEvent happened) => happened switch
    {
        { Lost: { } lost } => $"({lost} events lost: the recording was not read fast enough)",
        { Bytes: { } bytes } => $"{(happened.From is RecordedParty.Guest ? "guest -> host" : "host -> guest")}  {bytes,8} B{(happened.Discarded ? " discarded" : "")}  {Payload(happened)}".TrimEnd(),
        { Reset: true } => "driver         reset",
        _ => $"{(happened.From is RecordedParty.Driver ? "driver " : "device ")}        {Name(happened)} {happened.Value}{(happened.Detail is { } detail ? $" '{detail}'" : "")}",
    };

    /// <summary>As the specification writes it: PORT_OPEN.</summary>
    private static string Name(RecordedEvent happened) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(happened.Event?.ToString() ?? "?");

    private static string Payload(RecordedEvent happened) => happened switch
    {
        { Text: { } text } => text.Length <= MostText ? Escaped(text) : $"{Escaped(text[..MostText])}...",
        { Base64: { } bytes } => $"{Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(bytes.Length, MostHex)))}{(bytes.Length > MostHex ? "..." : "")}",
        _ => "",
    };

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);

    private static string Open(bool isOpen) => isOpen ? "open" : "closed";
}
