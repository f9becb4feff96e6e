using FastRing.Interop;

namespace FastRing.Host.Doctor;

/// <summary>What becomes of memory that is shared by files.</summary>
internal static class MemoryFindings
{
    private const string Sealed = "memory-files";
    private const string Overcommit = "overcommit";

    public static IEnumerable<Finding> Of(Subject subject) => [OfSealed(), OfOvercommit(subject)];

    /// <summary>Makes one and seals it, as is done for what outlives a process.</summary>
    private static Finding OfSealed()
    {
        try
        {
            using OwnedFd file = MemFd.Create("fastring-doctor", 1);
            MemFd.AddSeals(file, FileSeals.Shrink | FileSeals.Grow);
            return Finding.Ok(Sealed, "can be made and sealed");
        }
        catch (LinuxException e)
        {
            return new Finding(
                Sealed, FindingState.Fails, e.Message, "serve --keep does not start, and VMMs that reconnect do not find their rings as they were (INFLIGHT_SHMFD)",
                "a container, or a system call filter around the daemon, that allows memfd_create(2) and F_ADD_SEALS of fcntl(2)");
        }
    }

    private static Finding OfOvercommit(Subject subject) => subject.Files.Text("proc/sys/vm/overcommit_memory") switch
    {
        null => Finding.NotKnown(Overcommit, "proc/sys/vm/overcommit_memory can't be read"),
        "2" => new Finding(
            Overcommit, FindingState.Fragile, "vm.overcommit_memory is 2",
            "where a VMM truncates the memory it shares, there may be none to put in its place, and the daemon ends, with all its guests",
            "sysctl vm.overcommit_memory=0; or VMMs that seal guest memory and --memory-seals require"),
        string mode => Finding.Ok(Overcommit, $"vm.overcommit_memory is {MachineFiles.Shown(mode)}"),
    };
}
