using System.Globalization;
using System.Runtime.InteropServices;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>The machine, and what it was busy with around a measurement.</summary>
internal sealed class MachineState
{
    private readonly DateTime _startUtc = DateTime.UtcNow;
    private readonly string _loadBefore = Load();
    private readonly double _distanceBeforeNs = Distance();

    /// <summary>The commit that is measured.</summary>
    public string Commit { get; } = Repository.Commit();

    /// <summary>Remarks of the command, for whoever reads its figures.</summary>
    public IList<string> Remarks { get; } = [];

    /// <summary>Processor, system and runtime.</summary>
    public static string Name =>
        $"{Environment.ProcessorCount} x {Processor()}, {MemoryGib():0} GiB, "
        + $"{RuntimeInformation.OSDescription}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, .NET {Environment.Version}";

    /// <summary>The state before, and now.</summary>
    public IReadOnlyList<string> Lines() =>
    [
        Name,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{_startUtc:yyyy-MM-dd HH:mm} UTC, {(DateTime.UtcNow - _startUtc).TotalSeconds:0} s; load {_loadBefore} before, {Load()} after"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"cache line there and back between processors 0 and 1: {_distanceBeforeNs:0} ns before, {Distance():0} ns after (near: below {CoreDistance.NearNs:0})"),
        .. Remarks,
    ];

    /// <summary>On a thread of its own, which stays pinned where it measured; programs started later inherit the affinity of their starter.</summary>
    private static double Distance()
    {
        double distance = 0;
        if (Environment.ProcessorCount > 1)
        {
            var thread = new Thread(() => distance = CoreDistance.Measure(0, 1));
            thread.Start();
            thread.Join();
        }

        return distance;
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Processor() => Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static double MemoryGib() => double.Parse(Field("/proc/meminfo", "MemTotal")!.Split(' ')[0], CultureInfo.InvariantCulture) / (1 << 20);

    private static string? Field(string file, string name)
    {
        string? line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
