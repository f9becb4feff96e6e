using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>geteuid(2), setresuid(2), getpwnam(3)</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library)]
    internal static partial uint geteuid();

    // The C library makes these for all threads (nptl(7)).
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresuid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int initgroups(byte* user, uint group);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setgroups(nuint count, uint* groups);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchownat(int directory, byte* path, uint user, uint group, int flags);

    /// <summary>Returns an error number; <paramref name="result"/> is null when there is no such user.</summary>
    [LibraryImport(Library)]
    internal static partial int getpwnam_r(byte* name, Passwd* entry, byte* buffer, nuint bytes, Passwd** result);

    /// <summary>struct passwd of glibc on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Passwd
    {
        public byte* Name;
        public byte* Password;
        public uint User;
        public uint Group;
        public byte* Comment;
        public byte* Home;
        public byte* Shell;
    }
}
