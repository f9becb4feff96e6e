using System.Numerics;
using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>Owns a shared, readable and writable mapping of a file, with an inaccessible guard page on either side.</summary>
/// <remarks>
/// Only <see cref="SafeHandle.Dispose()"/> unmaps. There is no finalizer, because rings keep raw addresses that the garbage
/// collector does not see: a forgotten region leaks address space, where an unmapped one would kill the process.
/// </remarks>
public sealed class MappedRegion : SafeHandle
{
    private readonly nuint _reservedBytes;
    private readonly bool _hasHugePages;
    private readonly int _guard;

    private MappedRegion(in Reservation reserved, nint address, ulong sizeBytes, bool hasHugePages, int guard)
        : base(Libc.MapFailed, ownsHandle: true)
    {
        GC.SuppressFinalize(this);
        SetHandle(reserved.Address); // what must be given back, not what is used
        _reservedBytes = reserved.Length;
        _hasHugePages = hasHugePages;
        _guard = guard;
        Address = address;
        SizeBytes = sizeBytes;
    }

    /// <summary>The first mapped byte, page aligned. Valid until disposed.</summary>
    public nint Address { get; }

    /// <summary>The mapped size in bytes, as asked for.</summary>
    public ulong SizeBytes { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == Libc.MapFailed;

    /// <summary>
    /// A touch found that the file had shrunk. From then on the whole region is zeros of this process' own, which nobody else sees: whoever uses it has to stop.
    /// Any thread, until disposed.
    /// </summary>
    public bool IsLost => BusErrorGuard.IsLost(_guard);

    /// <summary>Grows whenever a region of this process is lost; cheap to look at. Any thread.</summary>
    public static ulong Losses => BusErrorGuard.Losses;

    /// <summary>Maps a part of a file. The file may be closed afterwards.</summary>
    /// <param name="file">A memfd or a file that can be mapped shared.</param>
    /// <param name="fileOffset">Where the part begins; a multiple of the page size (of the huge page size on hugetlbfs).</param>
    /// <param name="sizeBytes">The part's size in bytes; it must lie inside the file as it is now.</param>
    /// <param name="prefault">
    /// Has every page allocated and in the page tables when this returns, so that no later touch waits for one, or finds that there is none.
    /// </param>
    /// <exception cref="ArgumentException">Size 0, an unaligned offset, an overflow, or a part behind the end of the file.</exception>
    /// <exception cref="LinuxException">A system call failed; prefaulting fails with ENOMEM or EFAULT when there are too few pages.</exception>
    public static MappedRegion Map(OwnedFd file, ulong fileOffset, ulong sizeBytes, bool prefault = false)
    {
        ArgumentNullException.ThrowIfNull(file);
        FileStatus status = Libc.Status(file);
        CheckRange(fileOffset, sizeBytes, status.Size);

        nuint page = (nuint)Environment.SystemPageSize;
        nuint alignment = AlignmentFor(status.BlockSize, page);
        nuint roundedSize = RoundUp((nuint)sizeBytes, alignment);
        Reservation reserved = Reservation.Create(roundedSize + (2 * page) + (2 * (alignment - page)));

        // The same distance from a huge page boundary in memory as in the file, or the kernel cannot use huge pages.
        nint address = (nint)(RoundUp((nuint)reserved.Address + page, alignment) + ((nuint)fileOffset & (alignment - 1)));
        try
        {
            MapInto(address, file, fileOffset, (nuint)sizeBytes);
            reserved.KeepOutOfCoreDumps();
            if (prefault)
            {
                Libc.Check(Libc.madvise(address, (nuint)sizeBytes, Libc.MADV_POPULATE_WRITE), "madvise");
            }

            return new MappedRegion(reserved, address, sizeBytes, hasHugePages: alignment > page, BusErrorGuard.Add(address, roundedSize));
        }
        catch
        {
            reserved.Release();
            throw;
        }
    }

    /// <summary>Maps a part of another file in place of this one: whoever holds addresses finds the other's bytes there.</summary>
    /// <param name="file">A memfd or a file without huge pages.</param>
    /// <param name="fileOffset">Where the part begins; a multiple of the page size.</param>
    /// <exception cref="ArgumentException">The file has no such part.</exception>
    /// <exception cref="InvalidOperationException">This one has huge pages.</exception>
    /// <exception cref="LinuxException">A system call failed; then the old bytes are there still.</exception>
    public void Replace(OwnedFd file, ulong fileOffset)
    {
        ArgumentNullException.ThrowIfNull(file);
        CheckRange(fileOffset, SizeBytes, Libc.Status(file).Size);
        if (_hasHugePages)
        {
            throw new InvalidOperationException("a mapping of huge pages is not replaced");
        }

        MapInto(Address, file, fileOffset, (nuint)SizeBytes);
        Libc.Check(Libc.madvise(Address, (nuint)SizeBytes, Libc.MADV_DONTDUMP), "madvise");
    }

    /// <summary>
    /// Takes the pages out of this process' page tables. Their content stays in the file, and the next touch maps them again; what
    /// changes is that they no longer count as resident here. Huge pages stay, they cost too much to map again.
    /// </summary>
    public void ReleaseResident()
    {
        if (!_hasHugePages)
        {
            Libc.Check(Libc.madvise(Address, (nuint)SizeBytes, Libc.MADV_DONTNEED), "madvise");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        BusErrorGuard.Remove(_guard);
        return new Reservation(handle, _reservedBytes).Release();
    }

    private static void CheckRange(ulong fileOffset, ulong sizeBytes, ulong fileSize)
    {
        if (sizeBytes == 0)
        {
            throw new ArgumentException("A mapping needs at least one byte.", nameof(sizeBytes));
        }

        if ((fileOffset & ((ulong)Environment.SystemPageSize - 1)) != 0)
        {
            throw new ArgumentException($"File offset 0x{fileOffset:x} is not page aligned.", nameof(fileOffset));
        }

        // Linux maps behind the end of a file without complaint; the first touch there is a SIGBUS. A file that shrinks later: BusErrorGuard.
        if (fileOffset > fileSize || sizeBytes > fileSize - fileOffset)
        {
            throw new ArgumentException(
                $"0x{sizeBytes:x} bytes at offset 0x{fileOffset:x} are not inside a file of 0x{fileSize:x} bytes.", nameof(sizeBytes));
        }
    }

    /// <summary>The file system's block size where it is a huge page (hugetlbfs, tmpfs with huge pages), else the page size.</summary>
    private static nuint AlignmentFor(uint blockSize, nuint page)
    {
        const uint LargestPage = 1u << 30;
        return blockSize > page && blockSize <= LargestPage && BitOperations.IsPow2(blockSize) ? blockSize : page;
    }

    private static nuint RoundUp(nuint value, nuint powerOfTwo) => checked(value + powerOfTwo - 1) & ~(powerOfTwo - 1);

    private static void MapInto(nint address, OwnedFd file, ulong fileOffset, nuint length)
    {
        const int Protection = Libc.PROT_READ | Libc.PROT_WRITE;
        const int Flags = Libc.MAP_SHARED | Libc.MAP_FIXED | Libc.MAP_NORESERVE;
        nint mapped = Libc.mmap(address, length, Protection, Flags, file.Fd, (long)fileOffset);
        GC.KeepAlive(file);
        if (mapped == Libc.MapFailed)
        {
            throw new LinuxException("mmap", Libc.LastErrno);
        }
    }

    /// <summary>Inaccessible address space; what is mapped over its middle leaves guards on both sides.</summary>
    private readonly struct Reservation(nint address, nuint length)
    {
        public nint Address => address;

        public nuint Length => length;

        public static Reservation Create(nuint length)
        {
            const int Flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
            nint address = Libc.mmap(0, length, Libc.PROT_NONE, Flags, -1, 0);
            return address == Libc.MapFailed ? throw new LinuxException("mmap", Libc.LastErrno) : new Reservation(address, length);
        }

        // A guest's memory has no place in our core dump. The whole reservation, because the kernel has rounded a mapping of
        // huge pages up and refuses to split one.
        public void KeepOutOfCoreDumps() => Libc.Check(Libc.madvise(address, length, Libc.MADV_DONTDUMP), "madvise");

        public bool Release() => Libc.munmap(address, length) == 0;
    }
}
