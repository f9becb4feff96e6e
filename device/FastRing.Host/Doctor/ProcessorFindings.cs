using System.Globalization;

namespace FastRing.Host.Doctor;

/// <summary>How fast processors are, and whether they may be used.</summary>
internal static class ProcessorFindings
{
    private const string Clock = "clock";
    private const string Frequency = "frequency";
    private const string Quota = "processor-quota";

    /// <summary>Those that are read without a system call.</summary>
    private static readonly string[] s_fastClocks = ["tsc", "tsc-early", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"];

    /// <summary>Whose "powersave" is no low frequency but the driver's own judgement, by a preference.</summary>
    private static readonly string[] s_judgingDrivers = ["intel_pstate", "amd-pstate-epp", "amd_pstate_epp"];

    public static IEnumerable<Finding> Of(Subject subject) => [OfClock(subject.Files), OfFrequency(subject.Files), OfQuota(subject)];

    private static Finding OfClock(MachineFiles files) => files.Text("sys/devices/system/clocksource/clocksource0/current_clocksource") switch
    {
        null => Finding.NotKnown(Clock, "the kernel does not say which it uses"),
        string clock when s_fastClocks.Contains(clock) => Finding.Ok(Clock, clock),
        string clock => new Finding(
            Clock, FindingState.Slow, MachineFiles.Shown(clock), "reading it is a system call, which workers make in each round of their loop",
            $"another of {MachineFiles.Shown(files.Text("sys/devices/system/clocksource/clocksource0/available_clocksource") ?? "available_clocksource")}; or find in the kernel's log why tsc was given up"),
    };

    private static Finding OfFrequency(MachineFiles files)
    {
        (int Processor, string Why)[] low = [.. files.Online.Select(p => (p, WhyLow(files, p))).Where(p => p.Item2 is not null)!];
        if (low.Length > 0)
        {
            return new Finding(
                Frequency, FindingState.Slow, $"{low[0].Why} on {MachineFiles.Text(low.Select(l => l.Processor))}", "a processor that has just been woken by a notification runs at a low frequency",
                "cpupower frequency-set -g performance");
        }

        return files.Online.Any(p => files.OfProcessor(p, "cpufreq/scaling_governor") is not null)
            ? Finding.Ok(Frequency, MachineFiles.Shown(files.OfProcessor(files.Online[0], "cpufreq/scaling_governor") ?? "set"))
            : Finding.NotKnown(Frequency, "not this kernel's affair (a virtual machine's is its host's)");
    }

    private static string? WhyLow(MachineFiles files, int processor)
    {
        string? governor = files.OfProcessor(processor, "cpufreq/scaling_governor");
        bool isJudged = s_judgingDrivers.Contains(files.OfProcessor(processor, "cpufreq/scaling_driver"));
        string? preference = files.OfProcessor(processor, "cpufreq/energy_performance_preference");
        return isJudged && governor == "powersave" ? (preference is "power" or "balance_power" ? $"preference {preference}" : null)
            : governor is "powersave" or "conservative" ? $"governor {governor}" : null;
    }

    /// <summary>A control group's, or one of a group around it: cgroup-v2, "CPU Interface Files".</summary>
    private static Finding OfQuota(Subject subject)
    {
        if (subject.Files.Field($"{subject.ProcessFolder}/cgroup", "0::/") is not { } group || group.Contains("..", StringComparison.Ordinal))
        {
            return Finding.NotKnown(Quota, $"{subject.ProcessFolder}/cgroup does not say");
        }

        string? folder = group;
        do
        {
            if (subject.Files.Text($"sys/fs/cgroup/{folder}/cpu.max")?.Split(' ') is [var quota, var period] && long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                return new Finding(
                    Quota, FindingState.Slow, $"{quota} of each {MachineFiles.Shown(period)} µs (control group /{MachineFiles.Shown(folder)})", "all its guests stand still for the rest of a period when that is used up",
                    "no CPUQuota= of systemd, nor a limit of the container: CPUWeight= shares a processor without stops");
            }

            folder = folder.Length == 0 ? null : Path.GetDirectoryName(folder) ?? "";
        }
        while (folder is not null);
        return Finding.Ok(Quota, "none");
    }
}
