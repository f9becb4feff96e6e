using System.Runtime.InteropServices;
using FastRing.Interop.Sandbox;

namespace FastRing.Interop.Tests.Sandbox;

/// <summary>What becomes of which system call, by the filter's program; what the kernel makes of it, FastRing.EndToEnd looks at.</summary>
public sealed class SystemCallPolicyTests
{
    private const uint Allowed = 0x7FFF_0000;
    private const uint Logged = 0x7FFC_0000;
    private const uint Killed = 0x8000_0000;
    private const uint Failed = 0x0005_0000;

    public static TheoryData<Architecture> Architectures => [Architecture.X64, Architecture.Arm64];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void What_the_data_path_and_the_runtime_call_is_allowed_in_every_mode(Architecture architecture)
    {
        foreach (SandboxMode mode in (SandboxMode[])[SandboxMode.Log, SandboxMode.On, SandboxMode.Strict])
        {
            FilterProgram program = Program(mode, architecture);
            string[] calls = ["read", "readv", "writev", "epoll_pwait2", "futex", "recvmsg", "mmap", "munmap", "madvise", "membarrier", "memfd_create", "accept4", "openat", "rt_sigreturn", "exit_group"];
            Assert.All(calls, call => Assert.Equal(Allowed, program.Run(architecture, call)));
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void What_only_an_intruder_calls_ends_the_process(Architecture architecture)
    {
        string[] calls = ["execve", "execveat", "ptrace", "mount", "finit_module", "bpf", "keyctl", "process_vm_readv", "process_vm_writev", "perf_event_open", "open_by_handle_at", "unshare", "setns", "kexec_load", "io_uring_setup"];
        Assert.All(calls, call => Assert.Equal(Killed, Program(SandboxMode.On, architecture).Run(architecture, call)));
        Assert.All(calls, call => Assert.Equal(Killed, Program(SandboxMode.Strict, architecture).Run(architecture, call)));
        Assert.All(calls, call => Assert.Equal(Logged, Program(SandboxMode.Log, architecture).Run(architecture, call)));
    }

    [Theory]
    [InlineData(SandboxMode.Log, Logged, Logged)]
    [InlineData(SandboxMode.On, Failed | Errno.EPERM, Failed | Errno.ENOSYS)]
    [InlineData(SandboxMode.Strict, Killed, Killed)]
    public void What_is_not_listed_and_what_nobody_knows_yet_go_by_the_mode(SandboxMode mode, uint unlisted, uint later)
    {
        FilterProgram program = Program(mode, Architecture.X64);
        Assert.Equal(unlisted, program.Run(Architecture.X64, "mkdirat"));
        Assert.Equal(unlisted, program.Run(Architecture.X64, "setresuid"));
        Assert.Equal(later, program.Run(FilterProgram.AuditX64, SystemCallNumber.Last + 1));
    }

    [Theory]
    [InlineData(0x4000_0003u, 0x0001_0000u)] // i386: 3 is read there
    [InlineData(FilterProgram.AuditX64, 0x4000_0000u)] // x32
    [InlineData(FilterProgram.AuditX64, uint.MaxValue)]
    [InlineData(FilterProgram.AuditArm64, 0u)]
    public void Another_ABI_ends_the_process_whatever_the_number(uint audit, uint number) =>
        Assert.Equal(Killed, Program(SandboxMode.On, Architecture.X64).Run(audit, number));

    [Fact]
    public void Of_sockets_only_the_families_that_were_asked_for_are_made()
    {
        Assert.Equal(Allowed, Socket(SandboxMode.Strict, internet: false, family: 1));
        Assert.Equal(Failed | Errno.EACCES, Socket(SandboxMode.Strict, internet: false, family: 2));
        Assert.Equal(Allowed, Socket(SandboxMode.Strict, internet: true, family: 2));
        Assert.Equal(Allowed, Socket(SandboxMode.On, internet: true, family: 10));
        Assert.Equal(Failed | Errno.EACCES, Socket(SandboxMode.On, internet: true, family: 17));
        Assert.Equal(Logged, Socket(SandboxMode.Log, internet: true, family: 17));
    }

    [Fact]
    public void Who_has_nobody_to_connect_to_can_not()
    {
        Assert.Equal(Failed | Errno.EACCES, Connect(SandboxMode.Strict, connect: false));
        Assert.Equal(Failed | Errno.EACCES, Connect(SandboxMode.On, connect: false));
        Assert.Equal(Logged, Connect(SandboxMode.Log, connect: false));
        Assert.Equal(Allowed, Connect(SandboxMode.Strict, connect: true));
    }

    [Fact]
    public void Beside_others_of_its_user_a_process_touches_neither_their_modes_nor_how_they_are_scheduled_and_sends_to_nobody_it_is_not_connected_to()
    {
        const uint Refused = Failed | Errno.EACCES;
        FilterProgram alone = Program(SandboxMode.Strict, Architecture.X64);
        FilterProgram beside = Beside(internet: true, connect: false);
        foreach ((string call, uint[] own, uint[] others) in (ValueTuple<string, uint[], uint[]>[])
        [
            ("chmod", [], []), ("fchmodat", [], []), ("fchmodat2", [], []),
            ("sched_setaffinity", [0], [1]), ("sched_setscheduler", [0], [1]), ("sched_setparam", [0], [1]),
            ("setpriority", [0, 0], [2, 0]), ("setpriority", [0, 0], [0, 1]),
            ("socket", [1, 0x8_0801], [1, 0x8_0802]), ("socket", [2, 1, 6], [2, 2, 17]), ("socket", [10, 1], [2, 1, 132]), ("socketpair", [1, 1], [1, 2]),
            ("sendto", [3, 0, 0, 0x4000], [3, 0, 0, 0x2000_4000]), ("sendmsg", [3, 0, 0x4000], [3, 0, 0x2000_0000]), ("sendmmsg", [3, 0, 0, 0], [3, 0, 0, 0x2000_0000]),
        ])
        {
            Assert.Equal(Refused, beside.Run(Architecture.X64, call, others));
            if (own.Length > 0)
            {
                Assert.Equal(Allowed, beside.Run(Architecture.X64, call, own));
            }

            Assert.True(call == "socket" || alone.Run(Architecture.X64, call, others) == Allowed, call);
        }

        Assert.Equal(Allowed, beside.Run(Architecture.X64, "fchmod", 3));
        Assert.Equal(Refused, Beside(internet: false, connect: false).Run(Architecture.X64, "socket", 2, 1));
        Assert.Equal(Allowed, Beside(internet: false, connect: false).Run(Architecture.X64, "sendmsg", 3, 0, 0x2000_0000)); // There is no TCP.
        Assert.Equal(Allowed, Beside(internet: true, connect: true).Run(Architecture.X64, "socket", 2, 2)); // It looks names up.
    }

    [Fact]
    public void Arguments_tell_threads_from_processes_and_harmless_requests_from_others()
    {
        FilterProgram program = Program(SandboxMode.Strict, Architecture.X64);
        Assert.Equal(Allowed, program.Run(Architecture.X64, "clone", 0x3D_0F00)); // What glibc makes a thread with.
        Assert.Equal(Killed, program.Run(Architecture.X64, "clone", 17)); // fork
        Assert.Equal(Killed, program.Run(Architecture.X64, "clone", 0x3D_0F00 | 0x1000_0000)); // CLONE_NEWUSER
        Assert.Equal(Failed | Errno.ENOSYS, program.Run(Architecture.X64, "clone3"));
        Assert.Equal(Allowed, program.Run(Architecture.X64, "ioctl", 0, 0x5413));
        Assert.Equal(Killed, program.Run(Architecture.X64, "ioctl", 0, 0x5412)); // TIOCSTI
        Assert.Equal(Allowed, program.Run(Architecture.X64, "prctl", 15));
        Assert.Equal(Killed, program.Run(Architecture.X64, "prctl", 22)); // PR_SET_SECCOMP
        Assert.Equal(Allowed, program.Run(Architecture.X64, "tgkill", (uint)Environment.ProcessId));
        Assert.Equal(Killed, program.Run(Architecture.X64, "kill", 1));
        Assert.Equal(Killed, program.Run(Architecture.X64, "prlimit64", 1));
    }

    [Fact]
    public void A_filter_that_does_not_say_what_becomes_of_the_rest_is_not_installed() =>
        Assert.Throws<InvalidOperationException>(() => new SeccompFilter().Add(SeccompAction.Allow, "read").Install());

    [Fact]
    public void A_name_that_is_none_is_a_mistake() => Assert.Throws<ArgumentException>(() => new SeccompFilter().Add(SeccompAction.Allow, "reed"));

    private static uint Socket(SandboxMode mode, bool internet, uint family) =>
        new FilterProgram(SystemCallPolicy.Filter(mode, internet, Architecture.X64)).Run(Architecture.X64, "socket", family);

    private static FilterProgram Beside(bool internet, bool connect) => new(SystemCallPolicy.Filter(SandboxMode.Strict, internet, Architecture.X64, connect, hasNeighbours: true));

    private static uint Connect(SandboxMode mode, bool connect) =>
        new FilterProgram(SystemCallPolicy.Filter(mode, internet: true, Architecture.X64, connect)).Run(Architecture.X64, "connect");

    private static FilterProgram Program(SandboxMode mode, Architecture architecture) => new(SystemCallPolicy.Filter(mode, internet: false, architecture));
}
