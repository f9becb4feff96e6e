using System.Text.Json;
using System.Xml.Linq;
using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests;

/// <summary>The libraries as users of NuGet get them.</summary>
public sealed class PackageTests(PackedLibraries packed) : IClassFixture<PackedLibraries>
{
    /// <summary>What a package needs besides the framework.</summary>
    private static readonly Dictionary<string, string[]> Dependencies = new()
    {
        ["FastRing.Interop"] = [],
        ["FastRing"] = ["FastRing.Interop"],
        ["FastRing.VhostUser"] = ["FastRing", "Microsoft.Extensions.Logging.Abstractions"],
        ["FastRing.Transports"] = ["FastRing"],
        ["FastRing.VfioUser"] = ["FastRing.Transports", "FastRing.VhostUser", "Microsoft.Extensions.Logging.Abstractions"],
        ["FastRing.DriverKit"] = ["FastRing.VhostUser"],
        ["FastRing.Console"] = ["FastRing.VhostUser", "Microsoft.Extensions.Logging.Abstractions"],
        ["FastRing.Guest"] = ["FastRing.Interop"],
        ["FastRing.Agent"] = [],
        ["FastRing.Client"] = [],
    };

    [Fact]
    public void The_libraries_are_packages_and_the_program_is_a_tool_and_nothing_else_is_either()
    {
        Assert.Equal("", packed.Output); // Not one warning.
        IEnumerable<string> expected = PackedLibraries.Projects.Keys.SelectMany(id => new[] { packed.FileOf(id, "nupkg"), packed.FileOf(id, "snupkg") });
        expected = expected.Append(packed.FileOf("FastRing.Tool", "nupkg"));
        Assert.Equal(expected.Order(), Directory.GetFiles(packed.Folder).Order());
    }

    [Fact]
    public void A_package_has_its_library_documented_its_README_and_its_symbols()
    {
        foreach ((string id, string project) in PackedLibraries.Projects)
        {
            string library = $"lib/net10.0/{PackedLibraries.AssemblyOf(id)}";
            Assert.Equal([$"{id}.nuspec", "README.md", "[Content_Types].xml", $"{library}.dll", $"{library}.xml"], packed.EntriesOf(id, "nupkg"));
            Assert.Equal([$"{id}.nuspec", "[Content_Types].xml", $"{library}.pdb"], packed.EntriesOf(id, "snupkg"));
            Assert.Equal(File.ReadAllText(Path.Combine(PackedLibraries.Checkout, project, "README.md")), packed.Read(id, "README.md"));
            Assert.Contains("<member name=\"T:FastRing.", packed.Read(id, $"{library}.xml"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_package_says_what_it_is_and_what_it_needs()
    {
        foreach (string id in PackedLibraries.Projects.Keys)
        {
            XElement metadata = packed.MetadataOf(id);
            Assert.Equal(id, metadata.Element("id")!.Value);
            Assert.Equal("MIT", metadata.Element("license")!.Value);
            Assert.Equal("README.md", metadata.Element("readme")!.Value);
            Assert.EndsWith(".", metadata.Element("description")!.Value, StringComparison.Ordinal);
            XElement group = Assert.Single(metadata.Element("dependencies")!.Elements());
            Assert.Equal("net10.0", group.Attribute("targetFramework")!.Value);
            Assert.Equal(Dependencies[id], group.Elements().Select(dependency => dependency.Attribute("id")!.Value));
        }
    }

    [Fact]
    public async Task What_the_READMEs_show_compiles_and_runs_on_the_packages_alone()
    {
        using var folder = new TemporaryFolder();
        string program = await PackageConsumer.PublishAsync(packed, folder, "FastRing.Interop", "FastRing", "FastRing.VhostUser", "FastRing.Console");

        Assert.Equal(
            """
            4 bytes and a descriptor, sealed: Shrink
            the driver says hello
            given back: True, token 1
            the device took it: True, token 7
            hello from the guest

            """,
            await Shell.RunAsync(program, []));
        foreach (string id in PackedLibraries.Projects.Keys)
        {
            string installed = Path.Combine(folder["packages"], id.ToLowerInvariant(), packed.Version, ".nupkg.metadata");
            using JsonDocument metadata = JsonDocument.Parse(File.ReadAllText(installed));
            Assert.Equal(packed.Folder, metadata.RootElement.GetProperty("source").GetString());
        }
    }
}
