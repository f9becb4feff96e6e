using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>
/// Linux's tools/virtio/ringtest, built in a temporary folder from Debian's source package: as it stands, and with its globals moved to cache lines
/// of their own, because the linker puts some that one thread writes beside others that both threads read.
/// </summary>
internal sealed partial class Ringtest : IDisposable
{
    private const string Archive = "/usr/src/linux-source-6.1.tar.xz";
    private const string Folder = "tools/virtio/ringtest";
    private static readonly string[] s_programs = ["virtio_ring_0_9", "virtio_ring_inorder", "ring"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-ringtest-");
    private readonly Dictionary<string, double> _startUpNs = [];

    public string Stock(string program) => Path.Combine(_folder.FullName, "stock", program);

    public string Aligned(string program) => Path.Combine(_folder.FullName, "aligned", program);

    /// <summary>Extracts and compiles it.</summary>
    /// <exception cref="IOException">There is no archive, no tar, or no compiler.</exception>
    public static Ringtest Build()
    {
        if (!File.Exists(Archive))
        {
            throw new FileNotFoundException($"{Archive} is missing: apt-get install linux-source-6.1");
        }

        Progress.Say("building Linux's ringtest");
        var test = new Ringtest();
        try
        {
            test.Extract();
            test.Align();
            foreach (string program in s_programs)
            {
                Compile(test.Stock(program));
                Compile(test.Aligned(program));
            }

            return test;
        }
        catch
        {
            test.Dispose();
            throw;
        }
    }

    /// <summary>Nanoseconds a message, from starting the process to its end, less what the same takes for a single message.</summary>
    public Reading Measure(string program, RingCase what, int messages)
    {
        string[] arguments =
        [
            "--guest-affinity", "0", "--host-affinity", "1", .. what.RingtestOptions,
        ];
        if (!_startUpNs.TryGetValue(program, out double startUp))
        {
            _startUpNs[program] = startUp = Spread.Of(Enumerable.Range(0, 5).Select(_ => TimeNs(program, arguments, 1))).Median;
        }

        double before = CoreDistance.Measure(0, 1);
        double ns = TimeNs(program, arguments, messages);
        return new Reading((ns - startUp) / (messages - 1), Math.Max(before, CoreDistance.Measure(0, 1)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static double TimeNs(string program, IEnumerable<string> arguments, int messages)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = PinnedProgram.Start(program, [.. arguments, "--run-cycles", messages.ToString(CultureInfo.InvariantCulture)]);
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new IOException($"{program} does not end");
        }

        return process.ExitCode == 0 ? Stopwatch.GetElapsedTime(start).TotalNanoseconds : throw new IOException($"{program} ended with {process.ExitCode}");
    }

    private void Extract()
    {
        string stock = _folder.CreateSubdirectory("stock").FullName;
        Shell.Run(stock, "tar", "--extract", "--file", Archive, "--strip-components", "4", "--wildcards", $"*/{Folder}/*.[ch]");
        string aligned = _folder.CreateSubdirectory("aligned").FullName;
        foreach (string file in Directory.GetFiles(stock))
        {
            File.Copy(file, Path.Combine(aligned, Path.GetFileName(file)));
        }
    }

    private void Align()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(_folder.FullName, "aligned"), "*ring*.c"))
        {
            File.WriteAllText(file, Globals().Replace(File.ReadAllText(file), "${global} __attribute__((aligned(256)));"));
        }
    }

    private static void Compile(string program)
    {
        // The flags of its Makefile, without debug information.
        string folder = Path.GetDirectoryName(program)!;
        Shell.Run(folder, "gcc", "-Wall", "-pthread", "-O2", "-flto", "-fwhole-program", "-o", program, "main.c", Path.GetFileName(program) + ".c");
    }

    /// <summary>Definitions of the globals that the two threads use: at the start of a line, or behind the struct they are of.</summary>
    [GeneratedRegex(@"^(?<global>(struct \w+ \*?|\} \*?)(ring|guest|host|data|event));", RegexOptions.Multiline)]
    private static partial Regex Globals();
}
