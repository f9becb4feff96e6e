using System.Runtime.InteropServices;

namespace FastRing.Interop.Sandbox;

/// <summary>
/// Which system calls a process has a use for that serves devices: those of the .NET runtime on glibc (JIT and NativeAOT) and of this library. It starts threads, never programs.
/// </summary>
public static class SystemCallPolicy
{
    private const uint Unix = 1; // AF_UNIX
    private const uint Internet = 2; // AF_INET
    private const uint Internet6 = 10; // AF_INET6
    private const uint NetLink = 16; // AF_NETLINK, by which getaddrinfo(3) learns of this machine's addresses

    private const uint Stream = 1; // SOCK_STREAM
    private const uint SocketTypes = 0xF; // SOCK_TYPE_MASK: the rest are flags
    private const uint Tcp = 6; // IPPROTO_TCP
    private const uint FastOpen = 0x2000_0000; // MSG_FASTOPEN
    private const uint ThisProcess = 0; // PRIO_PROCESS, of a process that is 0: the thread itself

    private const uint CloneThread = 0x0001_0000; // CLONE_THREAD
    private const uint CloneNamespaces = 0x7E02_0000; // CLONE_NEW* but CLONE_NEWTIME, which clone(2) can't make

    /// <summary>Calls without a test of arguments; the most frequent first, for kernels that run the whole program for each call.</summary>
    private static readonly string[] s_allowed =
    [
        // Rings, sockets, waiting.
        "futex", "epoll_pwait2", "epoll_pwait", "epoll_wait", "epoll_ctl", "read", "write", "readv", "writev", "recvmsg", "sendmsg", "recvfrom", "sendto",
        "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek", "close", "close_range", "fcntl", "poll", "ppoll", "eventfd2", "epoll_create1", "pipe2", "memfd_create", "ftruncate",

        // Memory.
        "madvise", "mmap", "munmap", "mremap", "mprotect", "mincore", "brk", "membarrier", "get_mempolicy",

        // Sockets that there are.
        "accept4", "bind", "listen", "connect", "shutdown", "socketpair", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendmmsg", "recvmmsg",

        // Files: which ones, Landlock says.
        "open", "openat", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "getdents64", "readlink", "readlinkat", "getcwd",
        "unlink", "unlinkat", "rename", "renameat", "renameat2", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "fchmodat2", "umask", "flock", "fsync", "fdatasync", "fallocate", "fadvise64",

        // Signals and threads.
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
        "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "exit", "exit_group", "gettid", "getpid", "getppid", "wait4", "waitid",
        "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_setparam", "sched_getscheduler", "sched_setscheduler",
        "sched_get_priority_max", "sched_get_priority_min", "getpriority", "setpriority", "getcpu",

        // Time and what the process is.
        "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
        "uname", "sysinfo", "getrusage", "times", "getrlimit", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getpgid", "getpgrp", "getsid", "getrandom",
    ];

    /// <summary>Calls that no bug of ours makes: running programs, other processes' memory, mounts, modules, keys, namespaces, the kernel's large attack surfaces.</summary>
    private static readonly string[] s_dangerous =
    [
        "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
        "mount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "pivot_root", "chroot", "swapon", "swapoff", "quotactl",
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
        "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
        "add_key", "request_key", "keyctl", "open_by_handle_at", "unshare", "setns", "personality",
        "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "syslog", "acct", "iopl", "ioperm", "modify_ldt",
    ];

    /// <summary>What running a program is.</summary>
    private static readonly string[] s_running = ["execve", "execveat"];

    /// <summary>TCGETS to TCSETSF, TCSBRK, TCFLSH, TIOCGPGRP, TIOCOUTQ, the window's size, FIONREAD, FIONBIO, TIOCSPTLCK, TIOCGPTN, FIONCLEX, FIOCLEX. TIOCSTI, which types for the user, is none of them.</summary>
    private static readonly uint[] s_ioctls =
    [
        0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540B, 0x540F, 0x5411, 0x5413, 0x5414, 0x541B, 0x5421, 0x4004_5431, 0x8004_5430, 0x5450, 0x5451,
    ];

    /// <summary>PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_VMA.</summary>
    private static readonly uint[] s_prctls = [3, 15, 16, 29, 30, 0x5356_4D41];

    /// <summary>The filter of a mode.</summary>
    /// <param name="mode">Not <see cref="SandboxMode.Off"/>.</param>
    /// <param name="internet">Whether it may make sockets of TCP and look names up; another family than these and AF_UNIX fails with EACCES whatever the mode.</param>
    /// <param name="connect">Whether it may connect to others; else that fails with EACCES whatever the mode: Landlock leaves any unix socket with a path to a process (before Linux 7.1).</param>
    /// <param name="hasNeighbours">
    /// Whether processes of the same user are to be kept from it: then it changes no modes of files by their paths, and schedules nobody but itself; and where it may not connect, it makes no socket
    /// that reaches others without, nor begins TCP with its first bytes. These fail with EACCES whatever the mode.
    /// </param>
    /// <exception cref="PlatformNotSupportedException">The system calls of this processor are not known here.</exception>
    public static SeccompFilter Filter(SandboxMode mode, bool internet, bool connect = true, bool hasNeighbours = false) =>
        Filter(mode, internet, RuntimeInformation.ProcessArchitecture, connect, hasNeighbours);

    /// <summary>The filter of a process that starts such programs, and of these until they have their own: everything but what is dangerous, and running programs is not.</summary>
    /// <param name="mode">Not <see cref="SandboxMode.Off"/>.</param>
    /// <exception cref="PlatformNotSupportedException">The system calls of this processor are not known here.</exception>
    public static SeccompFilter KeeperFilter(SandboxMode mode) => new SeccompFilter()
        .Add(mode == SandboxMode.Log ? SeccompAction.Log : SeccompAction.KillProcess, s_dangerous.Except(s_running))
        .AddOtherwise(SeccompAction.Allow, SeccompAction.Allow);

    internal static SeccompFilter Filter(SandboxMode mode, bool internet, Architecture architecture, bool connect = true, bool hasNeighbours = false)
    {
        (SeccompAction other, SeccompAction dangerous, SeccompAction later) = mode switch
        {
            SandboxMode.Log => (SeccompAction.Log, SeccompAction.Log, SeccompAction.Log),
            SandboxMode.On => (SeccompAction.Fail(Errno.EPERM), SeccompAction.KillProcess, SeccompAction.Fail(Errno.ENOSYS)),
            SandboxMode.Strict => (SeccompAction.KillProcess, SeccompAction.KillProcess, SeccompAction.KillProcess),
            _ => throw new ArgumentOutOfRangeException(nameof(mode)),
        };
        SeccompAction refused = mode == SandboxMode.Log ? SeccompAction.Log : SeccompAction.Fail(Errno.EACCES);
        uint self = (uint)Environment.ProcessId;
        var filter = new SeccompFilter(architecture);
        filter = connect ? filter : filter.Add(refused, "connect");
        filter = hasNeighbours ? BesideOthers(filter, internet, connect, refused) : filter;
        return Tested(filter.Add(SeccompAction.Allow, s_allowed), other)
            .Add("socket", ArgumentTest.IsOneOf(0, internet ? [Unix, Internet, Internet6, NetLink] : [Unix]), SeccompAction.Allow, refused)
            .Add("kill", ArgumentTest.IsOneOf(0, self), SeccompAction.Allow, other)
            .Add("tgkill", ArgumentTest.IsOneOf(0, self), SeccompAction.Allow, other)
            .Add(dangerous, s_dangerous)
            .AddOtherwise(other, later);
    }

    private static SeccompFilter BesideOthers(SeccompFilter filter, bool internet, bool connect, SeccompAction refused)
    {
        filter.Add(refused, "chmod", "fchmodat", "fchmodat2");
        foreach (string call in (string[])["sched_setaffinity", "sched_setparam", "sched_setscheduler"])
        {
            filter.AddUnless(call, ArgumentTest.IsOneOf(0, ThisProcess), refused);
        }

        filter.AddUnless("setpriority", ArgumentTest.IsOneOf(0, ThisProcess), refused).AddUnless("setpriority", ArgumentTest.IsOneOf(1, ThisProcess), refused);
        if (connect)
        {
            return filter;
        }

        filter.AddUnless("socket", new ArgumentTest(1, SocketTypes, Stream), refused).AddUnless("socket", ArgumentTest.IsOneOf(2, 0, Tcp), refused)
            .AddUnless("socketpair", new ArgumentTest(1, SocketTypes, Stream), refused);
        return !internet ? filter // Else these stay with those that are allowed whatever their arguments, and cost nothing.
            : filter.AddUnless("sendto", new ArgumentTest(3, FastOpen, 0), refused).AddUnless("sendmsg", new ArgumentTest(2, FastOpen, 0), refused).AddUnless("sendmmsg", new ArgumentTest(3, FastOpen, 0), refused);
    }

    private static SeccompFilter Tested(SeccompFilter filter, SeccompAction other) => filter
        .Add("clone", new ArgumentTest(0, CloneThread | CloneNamespaces, CloneThread), SeccompAction.Allow, other)
        .Add(SeccompAction.Fail(Errno.ENOSYS), "clone3", "openat2") // Their arguments lie behind a pointer; glibc then takes clone and openat.
        .Add("ioctl", ArgumentTest.IsOneOf(1, s_ioctls), SeccompAction.Allow, other)
        .Add("prctl", ArgumentTest.IsOneOf(0, s_prctls), SeccompAction.Allow, other)
        .Add("prlimit64", ArgumentTest.IsOneOf(0, 0u), SeccompAction.Allow, other);
}
