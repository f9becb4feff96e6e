using BenchmarkDotNet.Attributes;
using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;

namespace FastRing.Benchmarks.Memory;

/// <summary>Guest addresses to addresses of this process, and frontend addresses to guest addresses. Figures are of one address.</summary>
public class TranslateBenchmarks : IDisposable
{
    private const int Addresses = 64;
    private const ulong RegionBytes = 1 << 20;
    private const ulong BufferBytes = 64;

    private readonly GuestAddress[] _guest = new GuestAddress[Addresses];
    private readonly FrontendAddress[] _frontend = new FrontendAddress[Addresses];
    private TestGuest _memory = null!;

    /// <summary>Regions of the map. The addresses go round them.</summary>
    [Params(1, 2, 16)]
    public int Regions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _memory = new TestGuest([.. Enumerable.Range(0, Regions).Select(i => ((ulong)i * RegionBytes, RegionBytes))]);
        for (int i = 0; i < Addresses; i++)
        {
            _guest[i] = new GuestAddress(((ulong)(i % Regions) * RegionBytes) + ((ulong)i * BufferBytes));
            _frontend[i] = TestGuest.ToFrontend(_guest[i]);
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Addresses)]
    public nint TryTranslate()
    {
        nint all = 0;
        foreach (GuestAddress address in _guest)
        {
            _memory.Memory.TryTranslate(address, BufferBytes, out nint host);
            all ^= host;
        }

        return all;
    }

    [Benchmark(OperationsPerInvoke = Addresses)]
    public nuint FirstPiece()
    {
        nuint bytes = 0;
        foreach (GuestAddress address in _guest)
        {
            bytes += _memory.Memory.FirstPiece(address, BufferBytes).Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Addresses)]
    public ulong TryToGuest()
    {
        ulong all = 0;
        foreach (FrontendAddress address in _frontend)
        {
            _memory.Memory.TryToGuest(address, BufferBytes, out GuestAddress guest);
            all ^= guest.Value;
        }

        return all;
    }
}
