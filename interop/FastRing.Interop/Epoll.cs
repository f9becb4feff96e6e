using System.Runtime.CompilerServices;

namespace FastRing.Interop;

/// <summary>What to wait for, and what happened: the EPOLL* bits of epoll_ctl(2) under .NET names.</summary>
[Flags]
public enum EpollEvents : uint
{
    /// <summary>Nothing asked for; errors and hang-ups are reported all the same.</summary>
    None = 0,

    /// <summary>EPOLLIN: there is something to read.</summary>
    In = 1,

    /// <summary>EPOLLOUT: a write would not block.</summary>
    Out = 4,

    /// <summary>EPOLLERR: an error is pending, or the reader of a pipe is gone. Always reported.</summary>
    Error = 8,

    /// <summary>EPOLLHUP: both directions are closed. Always reported.</summary>
    HangUp = 0x10,

    /// <summary>EPOLLRDHUP: the peer closed its writing half.</summary>
    PeerHangUp = 0x2000,

    /// <summary>EPOLLONESHOT: report once, then wait for nothing until <see cref="Epoll.Modify"/>.</summary>
    OneShot = 1u << 30,

    /// <summary>EPOLLET: report changes instead of the present state.</summary>
    EdgeTriggered = 1u << 31,
}

/// <summary>One descriptor that is ready.</summary>
/// <param name="Events">What happened.</param>
/// <param name="Token">The value given to <see cref="Epoll.Add"/>, all 64 bits of it.</param>
public readonly record struct EpollReady(EpollEvents Events, ulong Token);

/// <summary>An epoll(7) instance: waits for many descriptors at once.</summary>
public sealed class Epoll : IDisposable
{
    private const int MaxEventsPerWait = 128;
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly OwnedFd _fd = new(Libc.Check(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1"));

    /// <summary>Creates an instance that watches nothing.</summary>
    /// <exception cref="LinuxException">epoll_create1(2) failed.</exception>
    public Epoll()
    {
    }

    /// <summary>The instance itself, readable while something it watches is ready: one instance can watch another.</summary>
    public OwnedFd Fd => _fd;

    /// <summary>Starts to watch a descriptor. Take it out again before closing it: a duplicate elsewhere keeps the watch alive.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="token">Comes back in <see cref="EpollReady.Token"/>.</param>
    /// <exception cref="LinuxException">EEXIST when watched already, EPERM for a regular file.</exception>
    public void Add(OwnedFd fd, EpollEvents events, ulong token) => Control(Libc.EPOLL_CTL_ADD, fd, events, token);

    /// <summary>Changes what is waited for and the token.</summary>
    /// <param name="fd">A watched descriptor.</param>
    /// <param name="events">What to wait for from now on.</param>
    /// <param name="token">Comes back in <see cref="EpollReady.Token"/>.</param>
    /// <exception cref="LinuxException">ENOENT when it is not watched.</exception>
    public void Modify(OwnedFd fd, EpollEvents events, ulong token) => Control(Libc.EPOLL_CTL_MOD, fd, events, token);

    /// <summary>Stops watching a descriptor.</summary>
    /// <param name="fd">A watched descriptor.</param>
    /// <exception cref="LinuxException">ENOENT when it is not watched.</exception>
    public void Remove(OwnedFd fd) => Control(Libc.EPOLL_CTL_DEL, fd, EpollEvents.None, 0);

    /// <summary>Waits until something is ready. Never allocates.</summary>
    /// <param name="ready">Filled from the start; at most 128 entries a call, the rest comes with the next one.</param>
    /// <param name="timeoutMilliseconds">-1 waits for ever, 0 does not wait.</param>
    /// <returns>The number of entries filled; 0 after the timeout or when a signal interrupted.</returns>
    /// <exception cref="LinuxException">Misuse: disposed, or no room in <paramref name="ready"/>.</exception>
    public int Wait(Span<EpollReady> ready, int timeoutMilliseconds) => WaitNanoseconds(ready, timeoutMilliseconds * NanosecondsPerMillisecond);

    /// <summary>As <see cref="Wait"/>, but a signal is no end of it.</summary>
    /// <param name="ready">Filled from the start; at most 128 entries a call, the rest comes with the next one.</param>
    /// <param name="timeoutMilliseconds">-1 waits for ever, 0 does not wait.</param>
    /// <returns>The number of entries filled; 0 only after the timeout.</returns>
    /// <exception cref="LinuxException">Misuse: disposed, or no room in <paramref name="ready"/>.</exception>
    public int WaitThrough(Span<EpollReady> ready, int timeoutMilliseconds)
    {
        long end = Environment.TickCount64 + timeoutMilliseconds;
        int left = timeoutMilliseconds;
        int count;
        while ((count = Wait(ready, left)) == 0 && left != 0)
        {
            left = timeoutMilliseconds < 0 ? timeoutMilliseconds : (int)Math.Max(0, end - Environment.TickCount64);
        }

        return count;
    }

    /// <summary>As <see cref="Wait"/>, with a finer clock. How late it may return is the thread's <see cref="TimerSlack"/>.</summary>
    /// <param name="ready">Filled from the start; at most 128 entries a call, the rest comes with the next one.</param>
    /// <param name="timeoutNanoseconds">Negative waits for ever, 0 does not wait.</param>
    /// <returns>The number of entries filled; 0 after the timeout or when a signal interrupted.</returns>
    /// <exception cref="LinuxException">Misuse: disposed, or no room in <paramref name="ready"/>; ENOSYS before Linux 5.11.</exception>
    [SkipLocalsInit]
    public unsafe int WaitNanoseconds(Span<EpollReady> ready, long timeoutNanoseconds)
    {
        int stride = Libc.EpollEventBytes;
        int room = Math.Min(ready.Length, MaxEventsPerWait);
        byte* events = stackalloc byte[MaxEventsPerWait * 16];
        (long seconds, long rest) = Math.DivRem(Math.Max(timeoutNanoseconds, 0), NanosecondsPerSecond);
        var timeout = new TimeSpec { Seconds = seconds, Nanoseconds = rest };

        // SAFETY: the stack buffer holds `room` events of at most 16 bytes; only the `count` the kernel filled are read, unaligned.
        int count = Libc.epoll_pwait2(_fd.Fd, events, room, timeoutNanoseconds < 0 ? null : &timeout, null);
        GC.KeepAlive(_fd);
        if (count < 0)
        {
            return Libc.LastErrno == Errno.EINTR ? 0 : throw new LinuxException("epoll_pwait2", Libc.LastErrno);
        }

        for (int i = 0; i < count; i++)
        {
            byte* entry = events + (i * stride);
            ulong token = Unsafe.ReadUnaligned<ulong>(entry + Libc.EpollDataOffset);
            ready[i] = new EpollReady((EpollEvents)Unsafe.ReadUnaligned<uint>(entry), token);
        }

        return count;
    }

    /// <summary>Closes the instance; the watched descriptors stay open.</summary>
    public void Dispose() => _fd.Dispose();

    private unsafe void Control(int operation, OwnedFd fd, EpollEvents events, ulong token)
    {
        ArgumentNullException.ThrowIfNull(fd);
        byte* entry = stackalloc byte[16];

        // SAFETY: 16 bytes hold struct epoll_event of either layout; the writes need no alignment.
        Unsafe.WriteUnaligned(entry, (uint)events);
        Unsafe.WriteUnaligned(entry + Libc.EpollDataOffset, token);
        int result = Libc.epoll_ctl(_fd.Fd, operation, fd.Fd, entry);
        GC.KeepAlive(_fd);
        GC.KeepAlive(fd);
        Libc.Check(result, "epoll_ctl");
    }
}
