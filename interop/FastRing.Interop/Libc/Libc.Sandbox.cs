using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>seccomp(2), landlock(7), prctl(2), execve(2): what a process gives up.</summary>
internal static unsafe partial class Libc
{
    // The C library has no functions for these; their numbers are the same on every architecture.
    internal const nint SYS_landlock_create_ruleset = 444;
    internal const nint SYS_landlock_add_rule = 445;
    internal const nint SYS_landlock_restrict_self = 446;

    internal const nint SECCOMP_SET_MODE_FILTER = 1;
    internal const nint SECCOMP_FILTER_FLAG_TSYNC = 1;

    internal const nint LANDLOCK_CREATE_RULESET_VERSION = 1;
    internal const nint LANDLOCK_RULE_PATH_BENEATH = 1;
    internal const nint LANDLOCK_RULE_NET_PORT = 2;

    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_NO_NEW_PRIVS = 38;

    // syscall and execve as in a plain call: all arguments are words on 64-bit Linux.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint argument1, nint argument2, nint argument3, nint argument4);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int execve(byte* path, byte** arguments, byte** environment);

    /// <summary>struct sock_filter of linux/filter.h: an instruction of classic BPF.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct SocketFilter(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    /// <summary>struct sock_fprog</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SocketFilterProgram
    {
        public ushort Length;
        public SocketFilter* Filter;
    }

    /// <summary>struct landlock_ruleset_attr</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LandlockRulesetAttributes
    {
        public ulong HandledFiles;
        public ulong HandledNetwork;
        public ulong Scoped;
    }

    /// <summary>struct landlock_path_beneath_attr, which is packed.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct LandlockPathBeneath
    {
        public ulong Allowed;
        public int Parent;
    }

    /// <summary>struct landlock_net_port_attr</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LandlockNetPort
    {
        public ulong Allowed;
        public ulong Port;
    }
}
