using System.Runtime.InteropServices;

namespace FastRing.Interop;

// All of these have the same layout on x86-64 and arm64 Linux; struct epoll_event, which has not, is in Libc.Events.cs.

/// <summary>struct msghdr</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>struct cmsghdr; the data follows at once, records are padded to 8 bytes</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlHeader
{
    public nuint Length;
    public int Level;
    public int Type;
}

/// <summary>struct sockaddr_un</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct UnixAddress
{
    public const int PathOffset = 2;
    public const int PathBytes = 108;

    public ushort Family;
    public fixed byte Path[PathBytes];
}

/// <summary>struct statx, the fields that are used; unlike struct stat it is the same on every architecture</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    [FieldOffset(4)] public uint BlockSize;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;
}

/// <summary>struct timespec</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct pollfd</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    public int Fd;
    public ushort Events;
    public ushort Happened;
}
