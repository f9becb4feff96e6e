using System.Globalization;

namespace FastRing.Tests.Memory;

/// <summary>What this process has mapped, by the name of the file behind it: addresses are used again, names are not.</summary>
internal static class ProcessMaps
{
    public static string FileAt(nint address) => Lines().Single(m => m.From <= address && address < m.To).File;

    public static bool Contains(string file) => Lines().Any(m => m.File == file);

    private static IEnumerable<(nint From, nint To, string File)> Lines() =>
        File.ReadLines("/proc/self/maps").Select(line => line.Split([' ', '-'], 7, StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 7)
            .Select(parts => (Hex(parts[0]), Hex(parts[1]), parts[6].Trim()));

    private static nint Hex(string text) => nint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
