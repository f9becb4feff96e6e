using System.Runtime.CompilerServices;

namespace FastRing.Interop;

/// <summary>A program that this process started, with a descriptor of its own choice to inherit: what <c>System.Diagnostics.Process</c> does not pass on. One thread owns it.</summary>
public sealed class ChildProcess : IDisposable
{
    /// <summary>Ends in order, SIGTERM.</summary>
    public const int Terminate = 15;

    /// <summary>Ends at once, SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>Reads its configuration again, SIGHUP.</summary>
    public const int HangUp = 1;

    private const int Signalled = 128; // What shells add to the signal's number.

    private int? _exitCode;

    private ChildProcess(int id, OwnedFd fd)
    {
        Id = id;
        Fd = fd;
    }

    /// <summary>Its process ID; another's, once it was reaped.</summary>
    public int Id { get; }

    /// <summary>Readable when it has ended, and all its descriptors are closed (pidfd_open(2)).</summary>
    public OwnedFd Fd { get; }

    /// <summary>Starts a program: posix_spawn(3). It shares standard input, output and error with this one, and has no signal blocked, whatever the calling thread has (<see cref="HeldSignals"/>).</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments; the first is its name.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="inherited">Descriptors it gets under the numbers they have here.</param>
    /// <exception cref="LinuxException">It can't be run.</exception>
    [SkipLocalsInit]
    public static unsafe ChildProcess Start(
        string path, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, params ReadOnlySpan<OwnedFd> inherited)
    {
        byte* actions = stackalloc byte[Libc.SpawnFileActionsBytes];
        byte* attributes = stackalloc byte[Libc.SpawnAttributesBytes];
        ulong* noSignals = stackalloc ulong[Libc.SignalSetWords];
        new Span<ulong>(noSignals, Libc.SignalSetWords).Clear();
        byte** argumentList = StringList.Of(arguments);
        byte** environmentList = StringList.Of([.. environment.Select(e => $"{e.Key}={e.Value}")]);
        int id = 0;
        _ = Libc.posix_spawnattr_init(attributes); // These three can't fail with what they are given.
        _ = Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSIGMASK);
        _ = Libc.posix_spawnattr_setsigmask(attributes, noSignals);
        int errno = Libc.posix_spawn_file_actions_init(actions);

        // SAFETY: actions and attributes were initialised in room enough; lists and strings end as the C library expects and are freed after it has returned, when the child has its own.
        fixed (byte* program = Libc.CString(path))
        {
            foreach (OwnedFd fd in inherited)
            {
                errno = errno != 0 ? errno : Libc.posix_spawn_file_actions_adddup2(actions, fd.Fd, fd.Fd); // Onto itself: it no longer closes on exec.
            }

            errno = errno != 0 ? errno : Libc.posix_spawn(&id, program, actions, attributes, argumentList, environmentList);
        }

        _ = Libc.posix_spawn_file_actions_destroy(actions);
        _ = Libc.posix_spawnattr_destroy(attributes);
        StringList.Free(argumentList);
        StringList.Free(environmentList);
        foreach (OwnedFd fd in inherited)
        {
            GC.KeepAlive(fd);
        }

        return errno == 0 ? new ChildProcess(id, Watch(id)) : throw new LinuxException("posix_spawn", errno);
    }

    /// <summary>Sends it a signal; one that has ended is no error.</summary>
    /// <param name="number">The signal.</param>
    public void Signal(int number)
    {
        if (_exitCode is null)
        {
            _ = Libc.kill(Id, number); // Not reaped, so the number is still its own.
        }
    }

    /// <summary>What it ended with, 128 and its number for a signal; null: it has not. Does not wait.</summary>
    public unsafe int? TryReap()
    {
        int status;

        // SAFETY: the kernel writes one int, when it returns the process.
        if (_exitCode is null && Libc.waitpid(Id, &status, Libc.WNOHANG) == Id)
        {
            int signal = status & 0x7F; // WTERMSIG
            _exitCode = signal != 0 ? Signalled + signal : (status >> 8) & 0xFF; // WEXITSTATUS
        }

        return _exitCode;
    }

    /// <summary>Lets go of it; it runs on.</summary>
    public void Dispose() => Fd.Dispose();

    private static OwnedFd Watch(int id)
    {
        nint fd = Libc.syscall(Libc.SYS_pidfd_open, id, 0, 0, 0);
        if (fd < 0)
        {
            int errno = Libc.LastErrno;
            _ = Libc.kill(id, Kill);
            throw new LinuxException("pidfd_open", errno);
        }

        return new OwnedFd((int)fd);
    }
}
