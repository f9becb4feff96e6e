using System.Globalization;
using FastRing.Host.Serving;

namespace FastRing.Host.Doctor;

/// <summary>Workers that poll want a processor to themselves, near to where the guest runs.</summary>
internal static class PollingFindings
{
    private const string Alone = "polling";
    private const string Near = "caches";

    public static IEnumerable<Finding> Of(Subject subject)
    {
        GuestConfig[] polling = [.. subject.Guests.Where(g => g.Wait == "poll")];
        return [.. polling.Length == 0 ? [] : OfAll(subject, polling), .. polling.Select(g => OfGuest(subject, g)), .. subject.Guests.Where(g => g.Wait != "sleep").Select(g => OfCaches(subject.Files, g)).OfType<Finding>()];
    }

    /// <summary>Whether any processor is left for others.</summary>
    private static IEnumerable<Finding> OfAll(Subject subject, GuestConfig[] polling)
    {
        int processors = subject.Files.Online.Count;
        int workers = polling.Select(g => g.Cpu).OfType<int>().Distinct().Count() + polling.Count(g => g.Cpu is null); // At most: see GuestWorkers.
        return processors == 0 || workers < processors
            ? []
            : [new Finding(
                Alone, FindingState.Slow, string.Create(CultureInfo.InvariantCulture, $"{polling.Length} guests poll for ever on {processors} processors"),
                "nothing is left for the guests themselves: they wait for the scheduler instead of for each other", "\"wait\": \"adaptive\", or the same \"cpu\" for several of them")];
    }

    private static Finding OfGuest(Subject subject, GuestConfig guest)
    {
        string name = MachineFiles.Shown(guest.DisplayName);
        if (guest.Cpu is not { } cpu)
        {
            return new Finding(
                Alone, FindingState.Slow, $"{name} polls on any processor", "the scheduler moves its worker about, and gives its turns to others, virtual processors of the guest among them",
                "\"cpu\": N, one that nothing else runs on");
        }

        int[] siblings = [.. subject.Files.Sharing(cpu, "topology/thread_siblings_list").Where(s => s != cpu)];
        GuestConfig? other = subject.Guests.FirstOrDefault(g => g.Cpu == cpu && g.Wait != guest.Wait) ?? subject.Guests.FirstOrDefault(g => g.Cpu is { } c && siblings.Contains(c));
        if (other is not null)
        {
            return new Finding(
                Alone, FindingState.Slow, string.Create(CultureInfo.InvariantCulture, $"{name} polls on processor {cpu}; {MachineFiles.Shown(other.DisplayName)} has {other.Cpu}"),
                other.Cpu == cpu ? "two workers take turns on one processor, of which one never sleeps" : "the two are threads of one core, of which one never sleeps", "another \"cpu\" for one of them");
        }

        // Isolated from the scheduler's balancing, or from its ticks.
        return subject.Files.OfProcessors("isolated").Concat(subject.Files.OfProcessors("nohz_full")).Contains(cpu)
            ? Finding.Ok(Alone, string.Create(CultureInfo.InvariantCulture, $"{name} polls on processor {cpu}, which is isolated"))
            : new Finding(
                Alone, FindingState.Slow, string.Create(CultureInfo.InvariantCulture, $"{name} polls on processor {cpu}, which anything may run on"),
                "whatever the scheduler puts there takes its turns: milliseconds at a time",
                string.Create(CultureInfo.InvariantCulture, $"isolcpus={cpu} nohz_full={cpu} of the kernel's command line, or a cpuset partition (cpuset.cpus.partition: isolated)"));
    }

    /// <summary>Where not all processors share a cache, a ring that crosses takes several times as long for each line.</summary>
    private static Finding? OfCaches(MachineFiles files, GuestConfig guest)
    {
        string[] groups = [.. files.Online.Select(p => MachineFiles.Text(files.SharingCache(p))).Distinct()];
        bool isTold = files.Online.Any(p => files.OfProcessor(p, "cache/index3/shared_cpu_list") is not null);
        string name = MachineFiles.Shown(guest.DisplayName);
        if (groups.Length < 2 || !isTold)
        {
            return null;
        }

        return guest.Cpu is { } cpu
            ? Finding.Ok(Near, string.Create(CultureInfo.InvariantCulture, $"{name} polls on {cpu}: its virtual processors belong on {MachineFiles.Text(files.SharingCache(cpu))}, which share a cache with it"))
            : new Finding(
                Near, FindingState.Slow, $"{name} polls on any of {string.Join(" and ", groups.Take(8))}, which share no cache", "each line of a ring that crosses takes several times as long as within",
                "\"cpu\": N among the processors that the guest runs on, and the guest tied to those (taskset, vcpupin of libvirt)");
    }
}
