using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>sigaction(2), pthread_sigmask(3)</summary>
internal static unsafe partial class Libc
{
    internal const int SIGBUS = 7;
    internal const int SA_SIGINFO = 4;
    internal const int SA_RESTART = 0x1000_0000;
    internal const int SIG_BLOCK = 0;
    internal const int SIG_UNBLOCK = 1;

    /// <summary>sigset_t: 1024 bits, of which the kernel has 64.</summary>
    internal const int SignalSetWords = 16;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sigaction(int signal, SignalAction* action, SignalAction* old);

    /// <summary>Returns the error instead of setting errno.</summary>
    [LibraryImport(Library)]
    internal static partial int pthread_sigmask(int how, ulong* set, ulong* old);

    /// <summary>glibc's and musl's <c>struct sigaction</c> on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SignalAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }
}
