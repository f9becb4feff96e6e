using FastRing.Interop;
using FastRing.Memory;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <summary>A piece of guest memory for a driver that has no guest around it: a memfd, a map of it, and a way to hand parts out.</summary>
public sealed class DriverMemory : IDisposable
{
    /// <summary>What tells frontend addresses from guest addresses; backends only look them up.</summary>
    private const ulong FrontendOffset = 1UL << 40;
    private ulong _next;

    /// <summary>Makes zeroed memory.</summary>
    /// <param name="sizeBytes">Its size in bytes.</param>
    /// <param name="guestBase">Its first guest physical address.</param>
    /// <param name="options">What it is made of; null: <see cref="DriverMemoryOptions.Default"/>.</param>
    /// <exception cref="LinuxException">There is not that much.</exception>
    /// <exception cref="IOException">There are not that many huge pages.</exception>
    public DriverMemory(ulong sizeBytes, GuestAddress guestBase = default, DriverMemoryOptions? options = null)
    {
        options ??= DriverMemoryOptions.Default;
        if (options.HugePages)
        {
            sizeBytes = checked(sizeBytes + MemFd.HugePageBytes - 1) & ~(MemFd.HugePageBytes - 1);
        }

        var frontend = new FrontendAddress(guestBase.Value + FrontendOffset);
        File = MemFd.Create("fastring-driver", sizeBytes, hugePages: options.HugePages);
        try
        {
            if (options.Sealed)
            {
                MemFd.AddSeals(File, FileSeals.Shrink | FileSeals.Grow);
            }

            Map = new GuestMemory(GuestRegion.Map(File, 0, sizeBytes, options.IovaBase ?? guestBase, frontend, options.Prefault || options.HugePages));
        }
        catch (LinuxException e) when (options.HugePages)
        {
            File.Dispose();
            throw new IOException($"no {sizeBytes / MemFd.HugePageBytes} free huge pages of 2 MiB: see HugePages_Free in /proc/meminfo, and set vm.nr_hugepages", e);
        }
        catch
        {
            File.Dispose();
            throw;
        }

        Region = new MemoryRegion(guestBase, sizeBytes, frontend, FileOffset: 0);
    }

    /// <summary>The file, to be passed to the backend.</summary>
    public OwnedFd File { get; private set; }

    /// <summary>The memory in this process, by the addresses the driver knows.</summary>
    public GuestMemory Map { get; }

    /// <summary>What the backend is told of it.</summary>
    public MemoryRegion Region { get; }

    /// <summary>Hands out bytes that were not handed out before; they are never taken back.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="alignment">A power of two.</param>
    /// <exception cref="InvalidOperationException">There are not that many left.</exception>
    public GuestAddress Allocate(ulong bytes, ulong alignment = 128)
    {
        if (!System.Numerics.BitOperations.IsPow2(alignment))
        {
            throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "no power of two");
        }

        ulong start = (_next + alignment - 1) & ~(alignment - 1);
        if (start > Region.SizeBytes || bytes > Region.SizeBytes - start)
        {
            throw new InvalidOperationException($"no {bytes} bytes left of {Region.SizeBytes}");
        }

        _next = start + bytes;
        return new GuestAddress(Map.Regions[0].GuestBase.Value + start);
    }

    /// <summary>The bytes at a guest address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not in this memory.</exception>
    public Span<byte> Bytes(GuestAddress address, int count) => Map.Window(address, (ulong)count).Span;

    /// <summary>The same byte's address as the backend is told it in <c>SET_VRING_ADDR</c>.</summary>
    public static FrontendAddress ToFrontend(GuestAddress address) => new(address.Value + FrontendOffset);

    /// <summary>Becomes another memory of the same size: addresses stay, here and in the guest. The other gets this one's file.</summary>
    internal void Become(DriverMemory other)
    {
        Map.Regions[0].Replace(other.File, 0);
        (File, other.File) = (other.File, File);
    }

    /// <summary>Unmaps and closes the memory.</summary>
    public void Dispose()
    {
        Map.Dispose();
        File.Dispose();
    }
}
