using FastRing.Host.Doctor;

namespace FastRing.Host.Tests.Doctor;

/// <summary>What doctor says of machines, of which most can't be had in a test but as their files.</summary>
public sealed class MachineTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_machine_that_suits_it_has_nothing_to_change()
    {
        IReadOnlyList<Finding> findings = _machine.Examine();
        Assert.All(findings, f => Assert.Equal(FindingState.Ok, f.State));
        Assert.Equal(
            ["open-files", "sandbox", "landlock", "seccomp", "memory-files", "overcommit", "clock", "frequency", "processor-quota"], findings.Select(f => f.Check));
    }

    [Fact]
    public void What_a_machine_does_not_say_is_not_wrong()
    {
        using var empty = new Support.TemporaryFolder();
        IReadOnlyList<Finding> findings = Examination.Of(new Subject(new MachineFiles(empty.FullName)) { LandlockAbi = 1 });
        Assert.DoesNotContain(findings, f => f.IsWrong);
        Assert.Equal(["open-files", "seccomp", "overcommit", "clock", "frequency", "processor-quota"], findings.Where(f => f.State == FindingState.NotKnown).Select(f => f.Check));
    }

    [Theory]
    [InlineData("hpet", nameof(FindingState.Slow))]
    [InlineData("acpi_pm", nameof(FindingState.Slow))]
    [InlineData("kvm-clock", nameof(FindingState.Ok))]
    public void A_clock_that_takes_a_system_call_is_slow(string clock, string expected)
    {
        _machine["sys/devices/system/clocksource/clocksource0/current_clocksource"] = $"{clock}\n";
        AssertOnly("clock", expected, clock);
    }

    [Theory]
    [InlineData("acpi-cpufreq", "powersave", "", nameof(FindingState.Slow))]
    [InlineData("acpi-cpufreq", "conservative", "", nameof(FindingState.Slow))]
    [InlineData("acpi-cpufreq", "schedutil", "", nameof(FindingState.Ok))]
    [InlineData("intel_pstate", "powersave", "power", nameof(FindingState.Slow))]
    [InlineData("intel_pstate", "powersave", "balance_performance", nameof(FindingState.Ok))] // What it calls its own judgement.
    [InlineData("amd-pstate-epp", "powersave", "balance_power", nameof(FindingState.Slow))]
    public void Processors_that_are_kept_at_a_low_frequency_are_slow(string driver, string governor, string preference, string expected)
    {
        _machine.SetOfProcessors("cpufreq/scaling_driver", _ => driver);
        _machine.SetOfProcessors("cpufreq/energy_performance_preference", _ => preference);
        _machine.SetOfProcessors("cpufreq/scaling_governor", i => i is 0 or 1 or 3 ? governor : "performance");
        AssertOnly("frequency", expected, expected == nameof(FindingState.Ok) ? governor : "on 0-1,3");
    }

    [Theory]
    [InlineData("sys/fs/cgroup/system.slice/fastring.service/cpu.max", "50000 100000", nameof(FindingState.Slow))]
    [InlineData("sys/fs/cgroup/system.slice/cpu.max", "50000 100000", nameof(FindingState.Slow))] // Of the group around it.
    [InlineData("sys/fs/cgroup/system.slice/cpu.max", "max 100000", nameof(FindingState.Ok))]
    [InlineData("sys/fs/cgroup/user.slice/cpu.max", "50000 100000", nameof(FindingState.Ok))] // Somebody else's.
    public void A_quota_of_processor_time_makes_guests_stand_still(string file, string text, string expected)
    {
        _machine[file] = $"{text}\n";
        AssertOnly("processor-quota", expected, expected == nameof(FindingState.Ok) ? "none" : "50000 of each 100000");
    }

    [Theory]
    [InlineData("2", nameof(FindingState.Fragile))]
    [InlineData("1", nameof(FindingState.Ok))]
    public void Memory_that_is_never_promised_twice_leaves_none_for_zeros(string mode, string expected)
    {
        _machine["proc/sys/vm/overcommit_memory"] = $"{mode}\n";
        AssertOnly("overcommit", expected, mode);
    }

    [Fact]
    public void A_kernel_without_seccomp_has_no_daemon_but_one_without_a_sandbox()
    {
        _machine["proc/self/status"] = "Name:\tfastring\nNoNewPrivs:\t0\n";
        AssertOnly("seccomp", nameof(FindingState.Fails), "not there");
        Assert.DoesNotContain(_machine.Examine(s => s with { Config = FakeMachine.Sandbox("off") }), f => f.Check is "seccomp" or "landlock");
    }

    [Fact]
    public void A_kernel_without_Landlock_leaves_files_open_and_has_no_strict_daemon()
    {
        Finding on = _machine.Examine(s => s with { LandlockAbi = 0 }).Single(f => f.Check == "landlock");
        Assert.Equal(FindingState.Fragile, on.State);
        Finding strict = _machine.Examine(s => s with { LandlockAbi = 0, Config = FakeMachine.Sandbox("strict") }).Single(f => f.Check == "landlock");
        Assert.Equal((FindingState.Fails, "serve --sandbox strict does not start"), (strict.State, strict.Why));
    }

    [Fact]
    public void A_configuration_without_a_sandbox_is_fragile()
    {
        Finding off = _machine.Examine(s => s with { Config = FakeMachine.Sandbox("off") }).Single(f => f.IsWrong);
        Assert.Equal(("sandbox", FindingState.Fragile), (off.Check, off.State));
        Assert.DoesNotContain(_machine.Examine(s => s with { Config = FakeMachine.Sandbox("strict") }), f => f.IsWrong);
    }

    [Fact]
    public void A_daemon_without_a_filter_or_as_root_is_fragile()
    {
        _machine.AddProcess(7, "Uid:\t0\t0\t0\t0\nSeccomp:\t0\n", limit: 1000, descriptors: 10);
        _machine.AddProcess(8, "Uid:\t1000\t1000\t1000\t1000\nSeccomp:\t2\n", limit: 1000, descriptors: 10);
        Assert.Equal(["sandbox", "user"], _machine.Examine(s => s with { Process = 7 }).Where(f => f.State == FindingState.Fragile).Select(f => f.Check));
        Assert.DoesNotContain(_machine.Examine(s => s with { Process = 8 }), f => f.IsWrong);
    }

    [Theory]
    [InlineData(900, 850, true)]
    [InlineData(900, 300, false)]
    public void A_daemon_whose_descriptors_are_nearly_all_in_use_turns_clients_away(int limit, int descriptors, bool isWrong)
    {
        _machine.AddProcess(9, "Uid:\t1000\t1000\t1000\t1000\nSeccomp:\t2\n", limit, descriptors);
        Assert.Equal(isWrong, _machine.Examine(s => s with { Process = 9 }).Single(f => f.Check == "descriptors").IsWrong);
    }

    private void AssertOnly(string check, string expected, string seen)
    {
        IReadOnlyList<Finding> findings = _machine.Examine();
        Finding finding = findings.Single(f => f.Check == check);
        Assert.Equal(expected, finding.State.ToString());
        Assert.Contains(seen, finding.Seen, StringComparison.Ordinal);
        Assert.Equal(finding.IsWrong, finding.Why is not null);
        Assert.Equal(finding.IsWrong, finding.Change is not null);
        Assert.DoesNotContain(findings, f => f.Check != check && f.IsWrong);
    }
}
