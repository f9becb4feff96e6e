using FastRing.Interop;

namespace FastRing.Fuzz.Sessions;

/// <summary>Descriptors of every kind a frontend may send.</summary>
internal sealed class FuzzFds : IDisposable
{
    public const int MemoryBytes = 0x1_0000;

    private readonly EventFd _event = EventFd.Create();
    private readonly (OwnedFd First, OwnedFd Second) _sockets = UnixSocket.Pair();
    private readonly OwnedFd[] _all;
    private readonly MappedRegion[] _mappings;

    public FuzzFds()
    {
        Memory = MemFd.Create("fuzz-memory", MemoryBytes);
        Other = MemFd.Create("fuzz-other", MemoryBytes);
        _sockets.First.SetNonBlocking();
        _sockets.Second.SetNonBlocking();
        string path = Path.GetTempFileName();
        OwnedFd regular = OwnedFd.OpenFile(path, append: true);
        File.Delete(path);
        _all = [Memory, _event.Fd, Other, MemFd.Create("fuzz-small", 100), OwnedFd.OpenDevice("/dev/null"), _sockets.First, regular, _event.Fd];
        _mappings = [MappedRegion.Map(Memory, 0, MemoryBytes), MappedRegion.Map(Other, 0, MemoryBytes)];
    }

    public OwnedFd Memory { get; }

    public OwnedFd Other { get; }

    public OwnedFd this[int kind] => _all[kind & 7];

    /// <summary>What is in a memory file.</summary>
    public Span<byte> Bytes(int file) => new IoVector(_mappings[file & 1].Address, MemoryBytes).Span;

    /// <summary>
    /// Whether what runs leaves a descriptor open, each time it runs. Once says nothing, as the runtime opens files of its own and finalizers close some, at moments of their choosing. Nor does the
    /// number that the next one gets: below what was left open there may be others that were closed.
    /// </summary>
    public static bool AreLeftOpenBy(Action session)
    {
        for (int i = 0; i < 4; i++)
        {
            int before = OpenFds.Count();
            session();
            if (OpenFds.Count() <= before)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes out of the socket what was written to it.</summary>
    public void Drain()
    {
        Span<byte> bytes = stackalloc byte[4096];
        while (_sockets.Second.Read(bytes) > 0)
        {
        }
    }

    public void Dispose()
    {
        Array.ForEach(_mappings, mapping => mapping.Dispose());
        Array.ForEach(_all, fd => fd.Dispose());
        _sockets.Second.Dispose();
    }
}
