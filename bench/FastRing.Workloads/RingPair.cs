using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.Workloads;

/// <summary>Guest memory with one ring, and room for buffers before it. Each side makes its own end, on its own thread, so that the ends share no cache line.</summary>
internal sealed class RingPair : IDisposable
{
    private const ulong PageBytes = 4096;
    private readonly int _indirectEntries;

    /// <param name="ring">The ring's shape.</param>
    /// <param name="bufferBytes">Room for buffers, from guest address 0.</param>
    /// <param name="indirectEntries">Longest indirect table of the driver.</param>
    public RingPair(RingShape ring, ulong bufferBytes, int indirectEntries = 0)
    {
        Ring = ring;
        _indirectEntries = indirectEntries;
        Start = new GuestAddress((bufferBytes + PageBytes - 1) & ~(PageBytes - 1));
        ulong bytes = Start.Value + DriverVirtqueue.BytesFor(ring.Size, ring.Features, indirectEntries);
        using OwnedFd file = MemFd.Create("fastring-workload", bytes);
        Memory = new GuestMemory(GuestRegion.Map(file, 0, bytes, new GuestAddress(0), new FrontendAddress(0)));
        Memory.Window(new GuestAddress(0), Start.Value).Span.Fill(0x5a); // Touched: no page fault is timed.
        Layout = RingLayout.At(Start, ring.Size, ring.Features);
    }

    public RingShape Ring { get; }

    public GuestMemory Memory { get; }

    public GuestAddress Start { get; }

    public RingLayout Layout { get; }

    public DriverVirtqueue CreateDriver() => DriverVirtqueue.Create(Memory, Start, Ring.Size, Ring.Features, _indirectEntries);

    /// <summary>The device's end; the driver's, or whatever writes the ring in its place, must be there first.</summary>
    public Virtqueue CreateDevice()
    {
        var setup = new VirtqueueSetup(Ring.Size, Layout.Descriptors, Layout.Driver, Layout.Device, 0, Ring.Features);
        VirtqueueError error = Virtqueue.TryCreate(setup, Memory, out Virtqueue? device);
        return device ?? throw new InvalidOperationException($"no ring: {error}");
    }

    public void Dispose() => Memory.Dispose();
}
