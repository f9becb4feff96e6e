using System.Text.Json;
using System.Text.Json.Serialization;

namespace FastRing.Host.Serving;

/// <summary>
/// The JSON file of <c>serve --config</c>: {"guests": [{"socketPath": ..., "maxPorts": ..., "console": ..., "ports": [{"name": ..., "backend": ...}]}]}.
/// All members: <see cref="GuestConfig"/>, <see cref="PortConfig"/>.
/// </summary>
internal sealed partial record ConfigFile
{
    public required IReadOnlyList<GuestConfig> Guests { get; init; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="UsageException">It can't be read, or says something impossible; the message names file and line.</exception>
    public static IReadOnlyList<GuestConfig> Read(string path)
    {
        ConfigFile file = Parse(path);
        if (file.Guests.Count == 0)
        {
            throw new UsageException($"{path}: no guests");
        }

        if (file.Guests.Any(g => g is null || g.Ports.Any(p => p is null)))
        {
            throw new UsageException($"{path}: a guest or a port is null");
        }

        if (file.Guests.FirstOrDefault(g => string.IsNullOrEmpty(g.SocketPath)) is { } incomplete)
        {
            throw new UsageException($"{path}: guest '{incomplete.Name}' has no socketPath");
        }

        string? twice = file.Guests.GroupBy(g => g.SocketPath).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? file.Guests : throw new UsageException($"{path}: socketPath {twice} is used twice");
    }

    private static ConfigFile Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), Json.Default.ConfigFile) ?? throw new UsageException($"{path}: empty");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path}:{e.LineNumber + 1}: {Plain(e.Message)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }

    /// <summary>The parser's message without what only a programmer understands.</summary>
    private static string Plain(string message)
    {
        foreach (string tail in (string[])[" Path: ", " LineNumber: ", " contained in type", " could not be mapped"])
        {
            int at = message.IndexOf(tail, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at] + (tail.EndsWith("mapped", StringComparison.Ordinal) ? " is not known here" : "");
        }

        return message;
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(ConfigFile))]
    private sealed partial class Json : JsonSerializerContext;
}
