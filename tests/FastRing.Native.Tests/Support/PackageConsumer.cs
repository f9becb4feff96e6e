using System.Text;
using System.Text.RegularExpressions;

namespace FastRing.Native.Tests.Support;

/// <summary>A program made of what packages' READMEs show, and of packages only.</summary>
internal static partial class PackageConsumer
{
    /// <summary>Publishes it, trimmed, with everything in the packages kept: whatever can't be trimmed is an error.</summary>
    /// <param name="packed">The packages; each one's README, but the driver kit's, which is written for tests, is a method.</param>
    /// <param name="folder">Gets the program.</param>
    /// <param name="run">Whose READMEs need nothing but this machine: they are run, in this order.</param>
    /// <returns>Its path.</returns>
    public static async Task<string> PublishAsync(PackedLibraries packed, TemporaryFolder folder, params string[] run)
    {
        File.WriteAllText(folder["nuget.config"], Sources(packed));
        File.WriteAllText(folder["Consumer.csproj"], Project(packed));
        File.WriteAllText(folder["Program.cs"], string.Concat(run.Select(id => $"await {ClassOf(id)}.RunAsync();\n")));
        foreach (string id in PackedLibraries.Projects.Keys.Where(id => id != "FastRing.DriverKit"))
        {
            File.WriteAllText(folder[$"{id}.cs"], Method(id, packed.Read(id, "README.md").Replace("/tmp/", folder[""], StringComparison.Ordinal)));
        }

        await Shell.RunAsync("dotnet", ["publish", "-c", "Release", "-o", folder["out"], "-v", "quiet", "--nologo"], folder[""], options: $"NUGET_PACKAGES={folder["packages"]}");
        return Path.Combine(folder["out"], "Consumer");
    }

    /// <summary>Where packages are looked for: what was not packed here has been installed to build this test, or comes from where that came from.</summary>
    private static string Sources(PackedLibraries packed)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string installed = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget", "packages");
        return $"""
            <configuration>
              <packageSources><add key="packed" value="{packed.Folder}" /></packageSources>
              <fallbackPackageFolders><add key="installed" value="{installed}" /></fallbackPackageFolders>
            </configuration>
            """;
    }

    private static string Project(PackedLibraries packed) =>
        $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <WarningsNotAsErrors>NU1901;NU1902;NU1903;NU1904</WarningsNotAsErrors>
            <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
            <IsAotCompatible>true</IsAotCompatible>
            <PublishTrimmed>true</PublishTrimmed>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
          <ItemGroup>
            {string.Concat(PackedLibraries.Projects.Keys.Select(id => $"""<PackageReference Include="{id}" Version="{packed.Version}" />"""))}
            {string.Concat(PackedLibraries.Projects.Keys.Select(id => $"""<TrimmerRootAssembly Include="{PackedLibraries.AssemblyOf(id)}" />"""))}
          </ItemGroup>
        </Project>
        """;

    /// <summary>A README's code: usings, then what runs, then types.</summary>
    private static string Method(string id, string readme)
    {
        string[] lines = Code().Match(readme).Groups[1].Value.Split('\n');
        int body = Array.FindLastIndex(lines, line => Using().IsMatch(line)) + 1;
        int types = Array.FindIndex(lines, line => line.StartsWith("/// <summary>", StringComparison.Ordinal));
        types = types < 0 ? lines.Length : types;
        var text = new StringBuilder().AppendJoin('\n', lines[..body]);
        text.Append($"\nstatic class {ClassOf(id)}\n{{\npublic static async Task RunAsync()\n{{\n").AppendJoin('\n', lines[body..types]);
        text.Append("await Task.CompletedTask;\n}\n").AppendJoin('\n', lines[types..]).Append("}\n");
        return text.ToString();
    }

    private static string ClassOf(string id) => $"ReadmeOf{id.Replace(".", "", StringComparison.Ordinal)}";

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex Using();
}
