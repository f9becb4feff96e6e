using System.Text.Json;
using System.Text.Json.Serialization;
using FastRing.Host.Client;
using FastRing.Host.Management;
using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>
/// The JSON file of <c>serve --config</c>: {"guests": [{"socketPath": ..., "maxPorts": ..., "console": ..., "ports": [{"name": ..., "backend": ...}]}], "api": {...}}.
/// All members: <see cref="GuestConfig"/>, <see cref="PortConfig"/>, <see cref="ApiConfig"/>.
/// </summary>
internal sealed partial record ConfigFile
{
    private const int MostBytes = 16 << 20;

    public required IReadOnlyList<GuestConfig> Guests { get; init; }

    /// <summary>The management API; null: there is none, unless the command line says so.</summary>
    public ApiConfig? Api { get; set; }

    /// <summary>The guests of a file: see <see cref="Load"/>.</summary>
    public static IReadOnlyList<GuestConfig> Read(string path) => Load(path).Guests;

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="checkAlso">What else may be wrong with it.</param>
    /// <exception cref="UsageException">It can't be read, or says something impossible: each mistake a line of the message that begins with file and line.</exception>
    public static ConfigFile Load(string path, Func<ConfigFile, IEnumerable<ConfigProblem>>? checkAlso = null)
    {
        byte[] json = ReadAll(path);
        ConfigFile file = Parse(path, json);
        IReadOnlyList<ConfigProblem> problems = [.. file.Problems(), .. checkAlso?.Invoke(file) ?? []];
        if (problems.Count > 0)
        {
            var lines = new ConfigLines(json);
            throw new UsageException(string.Join('\n', problems
                .Select(p => (Line: lines.Of(p.Place), p.Message)).OrderBy(p => p.Line).Select(p => $"{path}:{p.Line}: {PlainText.Of(p.Message)}")));
        }

        return file;
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            // Without waiting for a writer, should it be a FIFO; nor is there an end of /dev/zero.
            using OwnedFd file = OwnedFd.OpenFifo(path, write: false)!;
            if (!file.IsRegularFile())
            {
                throw new UsageException($"{path}: not a file");
            }

            if (new FileInfo(path).Length > MostBytes)
            {
                throw new UsageException($"{path}: larger than {MostBytes >> 20} MiB");
            }

            byte[] json = File.ReadAllBytes(path);
            return json is [0xEF, 0xBB, 0xBF, ..] ? json[3..] : json; // A byte order mark.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }

    private static ConfigFile Parse(string path, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Json.Default.ConfigFile) ?? throw new UsageException($"{path}:1: empty");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path}:{e.LineNumber + 1}: {PlainJson.Message(e)}");
        }
    }

    private List<ConfigProblem> Problems()
    {
        List<ConfigProblem> missing = [.. Guests.SelectMany(Missing)];
        if (Guests.Count == 0)
        {
            missing.Add(new ConfigProblem("guests", "no guests"));
        }

        return missing.Count > 0 ? missing : [.. ConfigCheck.Of(Guests), .. Api?.Problems().Select(p => p.Within("api")) ?? []];
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
