using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace FastRing.Native.Tests.Support;

/// <summary>The packages of this checkout as `dotnet pack` makes them of what is built already, in a folder that is gone after the tests.</summary>
public sealed class PackedLibraries : IAsyncLifetime
{
    /// <summary>The packages there are, and the project each is made of.</summary>
    public static readonly IReadOnlyDictionary<string, string> Projects = new Dictionary<string, string>
    {
        ["FastRing.Interop"] = "interop/FastRing.Interop",
        ["FastRing"] = "src/FastRing",
        ["FastRing.VhostUser"] = "src/FastRing.VhostUser",
        ["FastRing.Transports"] = "src/FastRing.Transports",
        ["FastRing.VfioUser"] = "src/FastRing.VfioUser",
        ["FastRing.DriverKit"] = "src/FastRing.DriverKit",
        ["FastRing.Console"] = "device/FastRing.Console",
        ["FastRing.Guest"] = "device/FastRing.Guest",
        ["FastRing.Agent"] = "device/FastRing.Agent",
        ["FastRing.Client"] = "device/FastRing.Client",
    };

    /// <summary>The assembly in a package: one is called otherwise.</summary>
    public static string AssemblyOf(string id) => id == "FastRing" ? "FastRing.Core" : id;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Where they lie: a feed.</summary>
    public string Folder => _folder["feed"];

    /// <summary>What dotnet said.</summary>
    public string Output { get; private set; } = "";

    /// <summary>The checkout.</summary>
    public static string Checkout { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    public async ValueTask InitializeAsync()
    {
        string configuration = typeof(PackedLibraries).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        Output = await Shell.RunAsync("dotnet", ["pack", "FastRing.sln", "-c", configuration, "--no-build", "-o", Folder, "-v", "quiet", "--nologo"], Checkout);
    }

    /// <summary>The version all of them have.</summary>
    public string Version => Path.GetFileNameWithoutExtension(Directory.GetFiles(Folder, "FastRing.Interop.*.nupkg").Single())["FastRing.Interop.".Length..];

    /// <summary>A package's file: nupkg or snupkg.</summary>
    public string FileOf(string id, string ending) => Path.Combine(Folder, $"{id}.{Version}.{ending}");

    /// <summary>The files of a package that are the package's own, and not the format's.</summary>
    public string[] EntriesOf(string id, string ending)
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(id, ending));
        return [.. archive.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith("lib/", StringComparison.Ordinal) || !name.Contains('/')).Order(StringComparer.Ordinal)];
    }

    /// <summary>The text of a package's file.</summary>
    public string Read(string id, string entry)
    {
        using ZipArchive archive = ZipFile.OpenRead(FileOf(id, "nupkg"));
        using var reader = new StreamReader(archive.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>What a package says of itself.</summary>
    public XElement MetadataOf(string id)
    {
        XElement metadata = XDocument.Parse(Read(id, $"{id}.nuspec")).Root!.Elements().Single();
        foreach (XElement element in metadata.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName; // Without the schema's namespace.
        }

        return metadata;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
