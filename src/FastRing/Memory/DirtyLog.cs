using System.Runtime.CompilerServices;
using FastRing.Interop;

namespace FastRing.Memory;

/// <summary>
/// The pages of guest memory that were written to, one bit each, in memory that a device shares with whoever copies the guest elsewhere (vhost-user, "Migration").
/// A page is marked after it was written: who takes a mark away and copies the page then has what was written, or finds the page marked again.
/// </summary>
public sealed class DirtyLog : IDisposable
{
    /// <summary>Bytes a bit stands for. (<c>VHOST_LOG_PAGE</c>)</summary>
    public const ulong PageBytes = 4096;

    private const int PagesAWord = 32;

    private readonly MappedRegion _mapping;
    private readonly ulong _pages;

    private DirtyLog(MappedRegion mapping)
    {
        _mapping = mapping;
        _pages = mapping.SizeBytes * 8;
    }

    /// <summary>Signalled when something was marked; null: nobody wants to know. Owned by whoever sets it.</summary>
    public EventFd? Changed { get; set; }

    /// <summary>Its file has shrunk under it: see <see cref="MappedRegion.IsLost"/>. Any thread.</summary>
    public bool IsLost => _mapping.IsLost;

    /// <summary>First guest address that has no bit.</summary>
    public ulong End => _pages * PageBytes;

    /// <summary>Bytes of a log for guest addresses up to <paramref name="end"/>.</summary>
    public static ulong BytesFor(ulong end) => (((end + PageBytes - 1) / PageBytes) + 7) / 8;

    /// <summary>Maps a log.</summary>
    /// <param name="file">A memfd or file; the log keeps no reference to it.</param>
    /// <param name="fileOffset">Where it begins, page aligned.</param>
    /// <param name="sizeBytes">Bytes of it.</param>
    /// <exception cref="ArgumentException">The file has no such part.</exception>
    /// <exception cref="LinuxException">It can't be mapped.</exception>
    public static DirtyLog Map(OwnedFd file, ulong fileOffset, ulong sizeBytes) => new(MappedRegion.Map(file, fileOffset, sizeBytes));

    /// <summary>Whether every page of the range has a bit.</summary>
    public bool Covers(GuestAddress address, ulong length) => address.Value <= End && length <= End - address.Value;

    /// <summary>Marks the pages of a range; those that have no bit are left out. Full fence: pairs with that of whoever takes marks away before copying.</summary>
    public void Mark(GuestAddress address, ulong length)
    {
        if (length == 0 || address.Value >= End)
        {
            return;
        }

        ulong first = address.Value / PageBytes;
        ulong last = (address.Value + Math.Min(length, End - address.Value) - 1) / PageBytes;
        for (ulong page = first; page <= last;)
        {
            ulong word = page / PagesAWord;
            ulong next = Math.Min(last + 1, (word + 1) * PagesAWord);
            uint bits = uint.MaxValue >> (int)(PagesAWord - (next - page)) << (int)(page % PagesAWord);
            Interlocked.Or(ref Word(word), bits);
            page = next;
        }
    }

    /// <summary>Marks the pages of bytes as they lie in this process.</summary>
    /// <param name="bytes">Memory of <paramref name="memory"/>; other is left out.</param>
    /// <param name="memory">Whose guest addresses count.</param>
    public void Mark(in IoVector bytes, GuestMemory memory)
    {
        if (memory.TryToGuest(bytes.Address, out GuestAddress address))
        {
            Mark(address, bytes.Length);
        }
    }

    /// <summary>Takes the marks of 32 pages away. Full fence: what was written before they were made is seen after it.</summary>
    /// <param name="firstPage">The first, a multiple of 32.</param>
    /// <returns>The marks, the first page's in the lowest bit.</returns>
    public uint Take(ulong firstPage)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(firstPage, _pages, nameof(firstPage));
        ref uint word = ref Word(firstPage / PagesAWord);
        return Volatile.Read(ref word) == 0 ? 0 : Interlocked.Exchange(ref word, 0);
    }

    /// <summary>Tells whoever wants to know that something was marked.</summary>
    public void Tell() => Changed?.Signal();

    /// <summary>Unmaps it.</summary>
    public void Dispose() => _mapping.Dispose();

    private unsafe ref uint Word(ulong index)
    {
        // SAFETY: callers compared the page with the number of pages; a mapping consists of whole pages, so the last word is whole too. It is page aligned.
        return ref Unsafe.AsRef<uint>((uint*)_mapping.Address + index);
    }
}
