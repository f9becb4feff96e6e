using FastRing.Queues;

namespace FastRing.VhostUser.Backend;

/// <summary>Where everything is in the buffer that tracks inflight I/O: a header, a region for each queue, and the device's own part.</summary>
/// <param name="Queues">Queues it is for.</param>
/// <param name="QueueSize">Entries they have at the most.</param>
/// <param name="DeviceBytes">Bytes of the device's part; 0: it has none.</param>
internal readonly record struct InflightLayout(ushort Queues, ushort QueueSize, int DeviceBytes)
{
    public const int HeaderBytes = 128;

    public int RegionBytes => InflightRegion.BytesFor(QueueSize);

    public int DeviceAt => checked(HeaderBytes + (Queues * RegionBytes));

    public int SizeBytes => checked(DeviceAt + DeviceBytes);

    public int RegionAt(int queue) => HeaderBytes + (queue * RegionBytes);
}
