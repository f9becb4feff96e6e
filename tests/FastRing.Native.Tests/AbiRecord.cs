using System.Text;
using System.Text.RegularExpressions;
using FastRing.Native.Tests.Support;

namespace FastRing.Native.Tests;

/// <summary>What programs rely on of a header and a library, a line each: symbols with their versions, functions, structs, fields, constants.</summary>
internal static partial class AbiRecord
{
    /// <summary>Where the header and the record of a version are kept.</summary>
    public static string FolderOf(string version) => Path.Combine(InstalledLibrary.Tests, "Abi", version);

    /// <summary>All that have been recorded.</summary>
    public static IEnumerable<string> Versions => Directory.GetDirectories(Path.Combine(InstalledLibrary.Tests, "Abi")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    public static string[] Recorded(string version) => File.ReadAllLines(Path.Combine(FolderOf(version), "record.txt"));

    /// <summary>The header and library under test. A compiler says where fields are.</summary>
    public static async Task<string[]> TakeAsync()
    {
        string header = Comment().Replace(await File.ReadAllTextAsync(Path.Combine(await InstalledLibrary.Prefix, "include", "fastring.h")), "");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["layout.c"], Program(header));
        string program = await CProgram.CompileFileAsync(folder["layout.c"], folder["layout"]);
        string[] layout = (await Shell.RunAsync(program, [])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> functions = Function().Matches(header).Select(m => $"function {Space().Replace(m.Value.Trim(), " ")}");
        return [.. await SymbolsAsync(), .. functions.Order(StringComparer.Ordinal), .. layout];
    }

    private static async Task<IEnumerable<string>> SymbolsAsync()
    {
        string symbols = await Shell.RunAsync("nm", ["-D", "--defined-only", await InstalledLibrary.FileAsync()]);
        return symbols.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Where(words => words[1] != "A").Select(words => $"symbol {words[2]}").Order(StringComparer.Ordinal);
    }

    /// <summary>A program that prints what a compiler makes of the header.</summary>
    private static string Program(string header)
    {
        var program = new StringBuilder("#include <fastring.h>\n#include <stdio.h>\nint main(void)\n{\n");
        foreach (Match found in Struct().Matches(header))
        {
            string name = found.Groups["name"].Value;
            program.Append(System.Globalization.CultureInfo.InvariantCulture, $"    printf(\"struct {name} %zu\\n\", sizeof(struct {name}));\n");
            foreach (string field in Field().Matches(found.Groups["fields"].Value).Select(m => m.Groups["name"].Value))
            {
                program.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"    printf(\"field {name}.{field} %zu %zu\\n\", offsetof(struct {name}, {field}), sizeof(((struct {name} *)0)->{field}));\n");
            }
        }

        foreach (string constant in Constant().Matches(header).Select(m => m.Groups["name"].Value).Where(name => name != "FR_ABI_MINOR"))
        {
            program.Append(System.Globalization.CultureInfo.InvariantCulture, $"    printf(\"constant {constant} %lld\\n\", (long long)({constant}));\n");
        }

        return program.Append("    return 0;\n}\n").ToString();
    }

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^[a-z][a-z0-9_ ]*[ *](?<name>fr_\w+)\([^;]*\);", RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex(@"^struct (?<name>\w+) \{(?<fields>.*?)^\};", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Struct();

    // A function's pointer, or the last word before the semicolon.
    [GeneratedRegex(@"\(\*(?<name>\w+)\)\([^;]*\);|(?<name>\w+);")]
    private static partial Regex Field();

    // An enumerator, or a macro without parameters.
    [GeneratedRegex(@"\b(?<name>FR_\w+) = -?\d+|^#define (?<name>FR_\w+) ", RegexOptions.Multiline)]
    private static partial Regex Constant();
}
