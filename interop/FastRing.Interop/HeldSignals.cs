using System.Diagnostics;

namespace FastRing.Interop;

/// <summary>
/// Signals that a program can't answer yet, and that are not to end it either. They wait in the kernel, also while another program takes this one's place: execve(2) keeps what a thread has blocked,
/// and what waits.
/// </summary>
public static unsafe class HeldSignals
{
    private static readonly nint s_ignored = 1; // SIG_IGN
    private static nint s_handler;

    /// <summary>
    /// From now on these wait. The calling thread has them blocked, and so have those that it starts; the others, as soon as one comes to them. Those that are ignored stay so. The thread that
    /// starts another program calls it once more: what it has blocked is what counts then.
    /// </summary>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static void Hold(params ReadOnlySpan<int> signals)
    {
        if (s_handler == 0)
        {
            s_handler = Mapped(0, HeldSignalHandler.Code);
        }

        foreach (int signal in signals)
        {
            Libc.SignalAction before;
            Libc.Check(Libc.sigaction(signal, null, &before), "sigaction");
            if (before.Handler != s_ignored)
            {
                // SAFETY: the kernel reads a struct of this layout. The code is never unmapped and uses nothing but the stack that it is given.
                var action = new Libc.SignalAction { Handler = s_handler, Flags = Libc.SA_SIGINFO | Libc.SA_RESTART };
                Libc.Check(Libc.sigaction(signal, &action, null), "sigaction");
            }
        }

        Mask(Libc.SIG_BLOCK, signals);
    }

    /// <summary>Somebody answers them now, all that were held: the calling thread, which must stay for as long as the process does, takes what waited and whatever comes.</summary>
    /// <exception cref="LinuxException">A call failed.</exception>
    public static void Release(params ReadOnlySpan<int> signals)
    {
        if (s_handler != 0)
        {
            // Whoever answers them may call the handler that was there before: .NET does.
            ReadOnlySpan<byte> nothing = HeldSignalHandler.Nothing;
            Mapped(s_handler, [.. nothing, .. HeldSignalHandler.Code[nothing.Length..]]);
            s_handler = 0;
        }

        Mask(Libc.SIG_UNBLOCK, signals);
    }

    private static void Mask(int how, ReadOnlySpan<int> signals)
    {
        ulong* set = stackalloc ulong[Libc.SignalSetWords];
        new Span<ulong>(set, Libc.SignalSetWords).Clear();
        foreach (int signal in signals)
        {
            Debug.Assert(signal is > 0 and <= 64, "the first word");
            set[0] |= 1UL << (signal - 1);
        }

        // SAFETY: a set of the C library's size, a local.
        int errno = Libc.pthread_sigmask(how, set, null);
        if (errno != 0)
        {
            throw new LinuxException("pthread_sigmask", errno);
        }
    }

    /// <summary>From a file, so that it is never writable; in the place of what is there, if it has one.</summary>
    private static nint Mapped(nint place, ReadOnlySpan<byte> code)
    {
        using OwnedFd file = MemFd.Create("held", (ulong)code.Length);
        nint written = file.Write(code);
        if (written != code.Length)
        {
            throw new LinuxException("write", written < 0 ? (int)-written : Errno.EIO);
        }

        nint mapped = Libc.mmap(place, (nuint)code.Length, Libc.PROT_READ | Libc.PROT_EXEC, Libc.MAP_PRIVATE | (place == 0 ? 0 : Libc.MAP_FIXED), file.Fd, 0);
        return mapped == Libc.MapFailed ? throw new LinuxException("mmap", Libc.LastErrno) : mapped;
    }
}
