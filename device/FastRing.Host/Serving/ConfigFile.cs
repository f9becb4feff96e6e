using System.Text.Json;
using System.Text.Json.Serialization;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;

namespace FastRing.Host.Serving;

/// <summary>
/// The JSON file of <c>serve --config</c>: {"guests": [{"socketPath": ..., "maxPorts": ..., "console": ..., "ports": [{"name": ..., "backend": ...}]}], "api": {...}, "metrics": {...}, "sandbox": {...}}.
/// All members: <see cref="GuestConfig"/>, <see cref="PortConfig"/>, <see cref="ApiConfig"/>, <see cref="MetricsConfig"/>, <see cref="SandboxConfig"/>.
/// </summary>
internal sealed partial record ConfigFile
{
    public required IReadOnlyList<GuestConfig> Guests { get; init; }

    /// <summary>The management API; null: there is none, unless the command line says so.</summary>
    public ApiConfig? Api { get; set; }

    /// <summary>Where metrics go; null: nowhere, unless the command line says so.</summary>
    public MetricsConfig? Metrics { get; set; }

    /// <summary>What the daemon gives up; null: as usual, unless the command line says so.</summary>
    public SandboxConfig? Sandbox { get; set; }

    /// <summary>Where it was read.</summary>
    [JsonIgnore]
    public ConfigSource? Source { get; set; }

    /// <summary>The guests of a file: see <see cref="Load"/>.</summary>
    public static IReadOnlyList<GuestConfig> Read(string path) => Load(path).Guests;

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="checkAlso">What else may be wrong with it.</param>
    /// <param name="hasOpenFiles">There may be as many open files as it needs: it is to be looked at, not to be served here.</param>
    /// <exception cref="UsageException">It can't be read, or says something impossible: each mistake a line of the message that begins with file and line.</exception>
    public static ConfigFile Load(string path, Func<ConfigFile, IEnumerable<ConfigProblem>>? checkAlso = null, bool hasOpenFiles = false)
    {
        ConfigSource source = ConfigSource.Read(path);
        ConfigFile file = Parse(source) with { Source = source };
        IReadOnlyList<ConfigProblem> problems = [.. file.Problems(hasOpenFiles), .. checkAlso?.Invoke(file) ?? []];
        return problems.Count == 0 ? file : throw source.Located(problems);
    }

    private static ConfigFile Parse(ConfigSource source)
    {
        try
        {
            return JsonSerializer.Deserialize(source.Json, Json.Default.ConfigFile) ?? throw new UsageException($"{source.Path}:1: empty");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{source.Path}:{e.LineNumber + 1}: {PlainJson.Message(e)}");
        }
    }

    private List<ConfigProblem> Problems(bool hasOpenFiles)
    {
        List<ConfigProblem> missing = [.. Guests.SelectMany(Missing)];
        if (Guests.Count == 0)
        {
            missing.Add(new ConfigProblem("guests", "no guests"));
        }

        return missing.Count > 0 ? missing :
        [
            .. ConfigCheck.Of(Guests, hasOpenFiles), .. Api?.Problems().Select(p => p.Within("api")) ?? [], .. Metrics?.Problems().Select(p => p.Within("metrics")) ?? [],
            .. Sandbox?.Problems().Select(p => p.Within("sandbox")) ?? [],
        ];
    }

    /// <summary>What the JSON reader does not miss.</summary>
    private static IEnumerable<ConfigProblem> Missing(GuestConfig? guest, int index)
    {
        if (guest is null)
        {
            return [new ConfigProblem($"guests[{index}]", "a guest is null")];
        }

        IEnumerable<ConfigProblem> nulls = guest.Ports
            .Select((p, i) => (Port: p, Place: $"guests[{index}].ports[{i}]")).Where(p => p.Port is null).Select(p => new ConfigProblem(p.Place, $"{guest.ErrorPrefix}a port is null"));
        return string.IsNullOrEmpty(guest.SocketPath) ? [new ConfigProblem($"guests[{index}]", $"{(guest.Name is { } name ? $"guest '{name}'" : "a guest")} has no socketPath"), .. nulls] : nulls;
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(ConfigFile))]
    private sealed partial class Json : JsonSerializerContext;
}
