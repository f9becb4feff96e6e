using FastRing.Host.Doctor;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Host.Tests.Support;

namespace FastRing.Host.Tests.Doctor;

/// <summary>A folder that has what /proc and /sys tell of a machine: one of four processors that suits FastRing, until a test changes it.</summary>
internal sealed class FakeMachine : IDisposable
{
    private const string Processors = "sys/devices/system/cpu";
    private readonly TemporaryFolder _root = new();

    public FakeMachine()
    {
        this["proc/self/limits"] = "Limit                     Soft Limit           Hard Limit           Units\nMax processes             1                    1                    processes\nMax open files            16384                16384                files\n";
        this["proc/self/status"] = "Name:\tfastring\nUid:\t1000\t1000\t1000\t1000\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n";
        this["proc/self/cgroup"] = "0::/system.slice/fastring.service\n";
        this["proc/sys/vm/overcommit_memory"] = "0\n";
        this["sys/devices/system/clocksource/clocksource0/current_clocksource"] = "tsc\n";
        this["sys/fs/cgroup/system.slice/fastring.service/cpu.max"] = "max 100000\n";
        this[$"{Processors}/online"] = "0-3\n";
        this[$"{Processors}/isolated"] = "\n";
        for (int i = 0; i < 4; i++)
        {
            this[$"{Processors}/cpu{i}/cpufreq/scaling_governor"] = "performance\n";
            this[$"{Processors}/cpu{i}/cpufreq/scaling_driver"] = "acpi-cpufreq\n";
            this[$"{Processors}/cpu{i}/topology/thread_siblings_list"] = $"{i}\n";
            this[$"{Processors}/cpu{i}/cache/index3/shared_cpu_list"] = "0-3\n";
        }
    }

    /// <summary>What a file has.</summary>
    public string this[string path]
    {
        set
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root[path])!);
            File.WriteAllText(_root[path], value);
        }
    }

    /// <summary>The same file of every processor.</summary>
    public void SetOfProcessors(string file, Func<int, string> text) => Enumerable.Range(0, 4).ToList().ForEach(i => this[$"{Processors}/cpu{i}/{file}"] = text(i));

    public void SetOfProcessors(string file, string text) => this[$"{Processors}/{file}"] = text;

    /// <summary>A process that runs.</summary>
    public void AddProcess(int id, string status, int limit, int descriptors)
    {
        this[$"proc/{id}/status"] = status;
        this[$"proc/{id}/limits"] = $"Max open files            {limit}                {limit}                files\n";
        Enumerable.Range(0, descriptors).ToList().ForEach(fd => this[$"proc/{id}/fd/{fd}"] = "");
    }

    public void Remove(string path) => File.Delete(_root[path]);

    /// <summary>What is said of it, as a machine with Landlock.</summary>
    public IReadOnlyList<Finding> Examine(params GuestConfig[] guests) => Examination.Of(Subject(guests));

    public IReadOnlyList<Finding> Examine(Func<Subject, Subject> change) => Examination.Of(change(Subject([])));

    /// <summary>A configuration without guests.</summary>
    public static ConfigFile Sandbox(string mode) => new() { Guests = [], Sandbox = new SandboxConfig { Mode = mode } };

    public void Dispose() => _root.Dispose();

    private Subject Subject(GuestConfig[] guests) => new(new MachineFiles(_root.FullName)) { LandlockAbi = 6, Config = guests.Length > 0 ? new ConfigFile { Guests = guests } : null };
}
