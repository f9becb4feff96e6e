using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Native.Handles;
using FastRing.Native.Layout;

namespace FastRing.Native.Exports;

/// <summary>Guest memory.</summary>
internal static unsafe class MemoryExports
{
    private const uint Prefault = 1;
    private const uint MostRegions = 1024;

    [UnmanagedCallersOnly(EntryPoint = "fr_memory_create")]
    public static int Create(MemoryConfig* config, ulong* memory)
    {
        try
        {
            Given.Out(memory, "memory");
            *memory = HandleTable.Add(new MemoryHandle(Map(Versioned.Read(config))));
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_memory_destroy")]
    public static int Destroy(ulong memory)
    {
        try
        {
            MemoryHandle found = HandleTable.Get<MemoryHandle>(memory, HandleKind.Memory);
            HandleTable.Take(found);
            found.Memory.Dispose();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_memory_translate")]
    public static int Translate(ulong memory, ulong guestAddress, ulong length, void** host)
    {
        try
        {
            Given.Out(host, "host");
            GuestMemory found = HandleTable.Get<MemoryHandle>(memory, HandleKind.Memory).Memory;
            *host = found.TryTranslate(new GuestAddress(guestAddress), length, out nint address)
                ? (void*)address
                : throw new AbiException(ErrorCode.Argument, $"0x{length:x} bytes at guest address 0x{guestAddress:x} are not in one region");
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_memory_is_lost")]
    public static int IsLost(ulong memory)
    {
        try
        {
            return HandleTable.Get<MemoryHandle>(memory, HandleKind.Memory).Memory.IsLost ? 1 : 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    private static GuestMemory Map(in MemoryConfig config)
    {
        Versioned.ThrowIfUnknown(config.Flags, Prefault, "flags");
        Versioned.ThrowIfUnknown(config.Reserved, 0, "reserved");
        if (config.Regions == null || config.RegionCount is 0 or > MostRegions)
        {
            throw new AbiException(ErrorCode.Argument, config.Regions == null ? "regions: NULL" : $"region_count: 1 to {MostRegions}, not {config.RegionCount}");
        }

        var mapped = new List<GuestRegion>();
        try
        {
            // SAFETY: the caller says that there are so many.
            foreach (ref readonly Region region in new ReadOnlySpan<Region>(config.Regions, (int)config.RegionCount))
            {
                mapped.Add(Map(region, (config.Flags & Prefault) != 0));
            }

            return new GuestMemory([.. mapped]);
        }
        catch
        {
            mapped.ForEach(region => region.Dispose());
            throw;
        }
    }

    private static GuestRegion Map(in Region region, bool prefault)
    {
        Versioned.ThrowIfUnknown(region.Reserved, 0, "reserved");
        using OwnedFd file = OwnedFd.DuplicateOf(region.Fd);

        // Nobody speaks of frontend addresses here; that they do not overlap is asked for all the same.
        return GuestRegion.Map(file, region.FdOffset, region.Length, new GuestAddress(region.GuestAddress), new FrontendAddress(region.GuestAddress), prefault);
    }
}
