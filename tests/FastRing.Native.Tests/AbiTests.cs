using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastRing.Native.Tests.Support;
using FastRing.Queues;

namespace FastRing.Native.Tests;

/// <summary>What was once promised to compiled programs holds.</summary>
public sealed partial class AbiTests
{
    [Fact]
    public async Task The_library_is_what_was_recorded_of_its_version()
    {
        string version = AbiRecord.Versions.Last();
        string[] taken = await AbiRecord.TakeAsync();
        string kept = Path.Combine(Path.GetTempPath(), "fastring-abi.txt");
        await File.WriteAllLinesAsync(kept, taken);

        Assert.Contains($"symbol fr_ring_pop@@FASTRING_1", taken);
        Assert.Contains($"field fr_chain.written 20 4", taken);
        Assert.True(
            taken.SequenceEqual(AbiRecord.Recorded(version)),
            $"the ABI is not what Abi/{version}/record.txt says, but {kept}. What was added makes a new minor version, with a record of its own: "
            + string.Join(" | ", taken.Except(AbiRecord.Recorded(version)).Concat(AbiRecord.Recorded(version).Except(taken)).Take(10)));
        Assert.Equal(version, $"{Exports.RuntimeExports.Major}.{Exports.RuntimeExports.Minor}");
    }

    [Fact]
    public async Task Nothing_of_an_older_version_is_gone_or_elsewhere()
    {
        HashSet<string> taken = [.. await AbiRecord.TakeAsync()];
        Assert.NotEmpty(AbiRecord.Versions);
        foreach (string version in AbiRecord.Versions)
        {
            // Structs may grow; their fields stay.
            Assert.Empty(AbiRecord.Recorded(version).Where(line => !line.StartsWith("struct ", StringComparison.Ordinal)).Except(taken));
            Assert.All(AbiRecord.Recorded(version).Where(line => line.StartsWith("struct ", StringComparison.Ordinal)), line => Assert.True(Size(taken, line.Split(' ')[1]) >= SizeIn(line)));
        }
    }

    [Fact]
    public async Task Structs_are_the_same_on_both_sides()
    {
        HashSet<string> taken = [.. await AbiRecord.TakeAsync()];
        Type[] types = [.. typeof(IVersioned).Assembly.GetTypes().Where(t => t.Namespace == "FastRing.Native.Layout")];
        Assert.NotEmpty(types);
        foreach (Type type in types)
        {
            string name = type.GetProperty("StructName")?.GetValue(null) as string ?? (type.Name == "Region" ? "fr_region" : "fr_event");
            string[] fields = [.. taken.Where(line => line.StartsWith($"field {name}.", StringComparison.Ordinal))];
            int[] ours = [.. type.GetFields(BindingFlags.Public | BindingFlags.Instance).Select(field => (int)Marshal.OffsetOf(type, field.Name))];
            Assert.Equal(fields.Select(line => int.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)), ours);
            Assert.Equal(Size(taken, name), Marshal.SizeOf(type));
        }

        Assert.Equal(Size(taken, "fr_chain"), Marshal.SizeOf<DescriptorChain>());
    }

    [Fact]
    public async Task Numbers_are_the_same_on_both_sides()
    {
        HashSet<string> taken = [.. await AbiRecord.TakeAsync()];
        foreach (ErrorCode code in Enum.GetValues<ErrorCode>())
        {
            string name = code == ErrorCode.Ok ? "OK" : "ERR_" + Capital().Replace(code.ToString(), "_$0").ToUpperInvariant();
            Assert.Contains($"constant FR_{name} {(int)code}", taken);
        }

        foreach (Console.Ports.PortEventKind kind in Enum.GetValues<Console.Ports.PortEventKind>())
        {
            string name = Capital().Replace(kind.ToString(), "_$0").ToUpperInvariant();
            Assert.Contains($"constant FR_EVENT_{(kind <= Console.Ports.PortEventKind.Removed ? "PORT_" : "")}{name} {(int)kind}", taken);
        }
    }

    [Fact]
    public async Task Its_name_is_its_major_version()
    {
        string found = await Shell.RunAsync("readelf", ["-d", await InstalledLibrary.FileAsync()]);
        Assert.Contains("Library soname: [libfastring.so.1]", found, StringComparison.Ordinal);
        Assert.Contains("NODELETE", found, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        string needs = await Shell.RunAsync("readelf", ["-d", await CProgram.CompileAsync("rings", folder)]);
        Assert.Contains("Shared library: [libfastring.so.1]", needs, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rings")]
    [InlineData("misuse")]
    public async Task Programs_compiled_with_the_first_header_run(string program)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("ok\n", await Shell.RunAsync(await CProgram.CompileAsync(program, folder, AbiRecord.FolderOf("1.0")), []));
    }

    private static int Size(IEnumerable<string> lines, string name) => SizeIn(lines.Single(line => line.StartsWith($"struct {name} ", StringComparison.Ordinal)));

    private static int SizeIn(string line) => int.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex Capital();
}
