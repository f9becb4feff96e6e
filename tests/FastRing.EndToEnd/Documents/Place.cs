using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FastRing.EndToEnd.Documents;

/// <summary>A folder in which commands of the documents run as they stand there: /tmp, /run and /etc/fastring of a command are folders in it, and so is what it runs in.</summary>
internal sealed partial class Place : IDisposable
{
    private const string MetricsPort = "9464"; // Of the documents. This machine's may be somebody's.

    private readonly TemporaryFolder _folder = new();
    private readonly string _metricsPort = $"{FreePort()}";

    public Place()
    {
        foreach (string folder in (string[])["/tmp/", "/etc/fastring/", "/run/fastring/", "/work/"])
        {
            Directory.CreateDirectory(_folder.FullName + folder);
        }
    }

    /// <summary>Where commands run.</summary>
    public string WorkFolder => _folder["work"];

    /// <summary>What a shell needs to find the program and its daemon.</summary>
    public string[] Environment =>
    [
        $"PATH={Path.GetDirectoryName(Programs.FastRing)}:{System.Environment.GetEnvironmentVariable("PATH")}",
        $"FASTRING_API={Put("/run/fastring/api.sock")}", $"FASTRING_KEEPER_SOCKET={Put("/run/fastring/keeper.sock")}",
    ];

    /// <summary>The text with its folders here.</summary>
    public string Put(string text) => Moved().Replace(text, moved => moved.Value == MetricsPort ? _metricsPort : _folder.FullName + moved.Value);

    /// <summary>Writes the configuration file of a document, guests.json, and makes the folders it names.</summary>
    public void Configure(string document)
    {
        string config = Put((ConfigurationsOf(document).FirstOrDefault() ?? ConfigurationsOf("docs/operating.md").First()).Text);
        File.WriteAllText(Path.Combine(WorkFolder, "guests.json"), config);
        foreach (string path in config.Split('"', ':', ',').Where(p => p.StartsWith(_folder.FullName, StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Starts what a command says, in a shell that becomes it.</summary>
    public async Task<Daemon> ServeAsync(string command)
    {
        string complete = command.EndsWith(" ...", StringComparison.Ordinal) ? command[..^4] + " --socket-path /tmp/vm0.sock" : command;
        string text = Put(complete.Replace("out/fastring ", "fastring ", StringComparison.Ordinal));
        return await Daemon.StartAsync([.. Environment, "bash", "-c", $"cd {WorkFolder} && exec {text}"], "env");
    }

    /// <summary>The blocks of a document that are configuration files.</summary>
    public static IEnumerable<CodeBlock> ConfigurationsOf(string document) =>
        CodeBlock.All.Where(b => b.Document == document && b.Language == "json" && JsonNode.Parse(b.Text) is JsonObject json && json.ContainsKey("guests"));

    public void Dispose() => _folder.Dispose();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("/tmp/|/run/|/etc/fastring/|" + MetricsPort)]
    private static partial Regex Moved();
}
