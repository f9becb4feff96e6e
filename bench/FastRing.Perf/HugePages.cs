using System.Globalization;

namespace FastRing.Perf;

/// <summary>Huge pages for two DPDK processes, while this lives: reserved where too few are free and this process may do so, and given back.</summary>
internal sealed class HugePages : IDisposable
{
    /// <summary>What one process asks for.</summary>
    public const int MibPerProcess = 128;

    private const string Setting = "/proc/sys/vm/nr_hugepages";
    private const int PageMib = 2;
    private const int Needed = (2 * MibPerProcess / PageMib) + 16; // Some more than said are taken for pools that need to be in one piece.
    private readonly int _before;

    private HugePages(int before)
    {
        _before = before;
        AppDomain.CurrentDomain.ProcessExit += GiveBack; // An interrupted command is given little time.
    }

    /// <summary>Sees to it that there are enough.</summary>
    /// <exception cref="IOException">There are too few.</exception>
    public static HugePages Reserve()
    {
        int before = Total();
        int missing = Needed - Free();
        if (missing <= 0)
        {
            return new HugePages(before);
        }

        if (Environment.IsPrivilegedProcess)
        {
            System.Console.Error.WriteLine($"vm.nr_hugepages: {before} -> {before + missing} for this run");
            Set(before + missing);
        }

        if (Free() < Needed)
        {
            Set(before);
            throw new IOException($"DPDK needs {Needed} free huge pages of {PageMib} MiB: sysctl vm.nr_hugepages={before + missing}");
        }

        return new HugePages(before);
    }

    /// <summary>Gives back what was reserved.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= GiveBack;
        Set(_before);
    }

    private void GiveBack(object? sender, EventArgs e) => Set(_before);

    private static void Set(int pages)
    {
        if (Total() != pages && Environment.IsPrivilegedProcess)
        {
            File.WriteAllText(Setting, pages.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static int Total() => int.Parse(File.ReadAllText(Setting), CultureInfo.InvariantCulture);

    private static int Free() =>
        int.Parse(File.ReadLines("/proc/meminfo").First(l => l.StartsWith("HugePages_Free:", StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);
}
