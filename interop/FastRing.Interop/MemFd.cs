namespace FastRing.Interop;

/// <summary>What can no longer be done to a sealed file: F_SEAL_* of fcntl(2).</summary>
[Flags]
public enum FileSeals
{
    /// <summary>Everything is allowed.</summary>
    None = 0,

    /// <summary>F_SEAL_SEAL: no further seals.</summary>
    Seal = 1,

    /// <summary>F_SEAL_SHRINK: the file cannot get shorter, so a mapping of it cannot fault.</summary>
    Shrink = 2,

    /// <summary>F_SEAL_GROW: the file cannot get longer.</summary>
    Grow = 4,

    /// <summary>F_SEAL_WRITE: the content cannot change.</summary>
    Write = 8,
}

/// <summary>Anonymous files in memory, memfd_create(2): memory that can be passed to another process.</summary>
public static class MemFd
{
    /// <summary>Bytes of the huge pages <see cref="Create"/> asks for: 2 MiB.</summary>
    public const ulong HugePageBytes = 2 << 20;

    /// <summary>Creates a sparse file of zeros; pages are allocated when they are first touched.</summary>
    /// <param name="name">Shown in /proc/PID/maps; need not be unique. At most 249 bytes.</param>
    /// <param name="sizeBytes">The file's size in bytes; with huge pages a multiple of <see cref="HugePageBytes"/>.</param>
    /// <param name="allowSealing">False makes <see cref="AddSeals"/> fail with EPERM.</param>
    /// <param name="hugePages">
    /// Of huge pages (MFD_HUGETLB), which the administrator has set aside (vm.nr_hugepages). A touch of one that is not there kills the process: map
    /// such a file prefaulted.
    /// </param>
    /// <exception cref="ArgumentException">With huge pages: not a multiple of their size.</exception>
    /// <exception cref="LinuxException">memfd_create(2) or ftruncate(2) failed.</exception>
    public static unsafe OwnedFd Create(string name, ulong sizeBytes, bool allowSealing = true, bool hugePages = false)
    {
        if (hugePages && sizeBytes % HugePageBytes != 0)
        {
            throw new ArgumentException($"0x{sizeBytes:x} bytes are not a whole number of huge pages.", nameof(sizeBytes));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeBytes, (ulong)long.MaxValue);
        OwnedFd file;

        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* text = Libc.CString(name))
        {
            uint flags = Libc.MFD_CLOEXEC | (allowSealing ? Libc.MFD_ALLOW_SEALING : 0) | (hugePages ? Libc.MFD_HUGETLB | Libc.MFD_HUGE_2MB : 0);
            file = new OwnedFd(Libc.Check(Libc.memfd_create(text, flags), "memfd_create"));
        }

        if (Libc.ftruncate(file.Fd, (long)sizeBytes) < 0)
        {
            int errno = Libc.LastErrno;
            file.Dispose();
            throw new LinuxException("ftruncate", errno);
        }

        return file;
    }

    /// <summary>Adds seals; they can never be taken off.</summary>
    /// <param name="file">A file in memory, of our own or received.</param>
    /// <param name="seals">The seals to add.</param>
    /// <exception cref="LinuxException">EPERM when sealing is not allowed, EINVAL when it is not a file in memory.</exception>
    public static void AddSeals(OwnedFd file, FileSeals seals)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Control(Libc.F_ADD_SEALS, (int)seals);
    }

    /// <summary>The seals a file has.</summary>
    /// <param name="file">A file in memory.</param>
    /// <exception cref="LinuxException">EINVAL when it is not a file in memory.</exception>
    public static FileSeals GetSeals(OwnedFd file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return (FileSeals)file.Control(Libc.F_GET_SEALS, 0);
    }
}
