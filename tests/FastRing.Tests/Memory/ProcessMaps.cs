using System.Globalization;

namespace FastRing.Tests.Memory;

/// <summary>What this process has mapped, by the name of the file behind it: addresses are used again, names are not.</summary>
internal static class ProcessMaps
{
    public static string FileAt(nint address) => Lines().Single(m => m.From <= address && address < m.To).File;

    public static bool Contains(string file) => Lines().Any(m => m.File == file);

    /// <summary>Whether a byte can be read and written.</summary>
    public static bool IsAccessible(nint address) => File.ReadLines("/proc/self/maps").Any(line =>
    {
        string[] parts = line.Split([' ', '-'], 4);
        return Hex(parts[0]) <= address && address < Hex(parts[1]) && parts[2].StartsWith("rw", StringComparison.Ordinal);
    });

    /// <summary>Bytes of the mapping at an address that are resident: those pages that were ever touched.</summary>
    public static long ResidentBytes(nint address)
    {
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] parts = line.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length >= 5 && !parts[0].EndsWith(':'))
            {
                inside = Hex(parts[0]) <= address && address < Hex(parts[1]);
            }
            else if (inside && parts[0] == "Rss:")
            {
                return 1024 * long.Parse(parts[1], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("nothing is mapped there");
    }

    private static IEnumerable<(nint From, nint To, string File)> Lines() =>
        File.ReadLines("/proc/self/maps").Select(line => line.Split([' ', '-'], 7, StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 7)
            .Select(parts => (Hex(parts[0]), Hex(parts[1]), parts[6].Trim()));

    private static nint Hex(string text) => nint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
