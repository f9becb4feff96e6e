using FastRing.Memory;
using FastRing.Spec;

namespace FastRing.Queues;

/// <summary>
/// The driver side of a virtqueue, whatever its layout: for VMMs' own drivers, tests and benches. One thread owns it.
/// <code>
/// queue.TryAdd(readable, writable, token);
/// if (queue.Publish()) { kick.Signal(); }
/// while (queue.TryTakeUsed(out UsedBuffer used)) { ... }
/// if (!queue.EnableNotifications()) { wait for the call descriptor }
/// </code>
/// </summary>
public abstract class DriverVirtqueue
{
    private protected DriverVirtqueue(ushort size) => Size = size;

    /// <summary>Entries of the ring.</summary>
    public ushort Size { get; }

    /// <summary>Descriptors not in use.</summary>
    public abstract int Free { get; }

    /// <summary>True when the device gave an impossible buffer back; the queue does nothing any more.</summary>
    public bool IsBroken { get; private protected set; }

    /// <summary>Bytes of guest memory that <see cref="Create"/> takes for a ring and its indirect tables, from a 128-byte boundary.</summary>
    public static ulong BytesFor(ushort size, ulong features, int indirectEntries = 0) =>
        RingLayout.At(default, size, features).End.Value + IndirectBytes(size, features, indirectEntries);

    /// <summary>Makes a fresh ring in guest memory.</summary>
    /// <param name="memory">The map; the caller holds it while the queue is in use.</param>
    /// <param name="start">Where the ring goes, on a 128-byte boundary, <see cref="BytesFor"/> bytes.</param>
    /// <param name="size">Entries: 1 to 32768, a power of two unless the ring is packed.</param>
    /// <param name="features">The negotiated features.</param>
    /// <param name="indirectEntries">Longest indirect table in entries; 0: chains are direct.</param>
    /// <exception cref="ArgumentException">The ring does not fit there.</exception>
    public static DriverVirtqueue Create(GuestMemory memory, GuestAddress start, ushort size, ulong features, int indirectEntries = 0)
    {
        bool eventIndex = (features & VirtioFeatures.EventIndex) != 0;
        bool inOrder = (features & VirtioFeatures.InOrder) != 0;
        return (eventIndex, inOrder) switch
        {
            (false, false) => Create<Without, Without>(memory, start, size, features, indirectEntries),
            (false, true) => Create<Without, With>(memory, start, size, features, indirectEntries),
            (true, false) => Create<With, Without>(memory, start, size, features, indirectEntries),
            (true, true) => Create<With, With>(memory, start, size, features, indirectEntries),
        };
    }

    /// <summary>Offers a chain; the device sees it at the next <see cref="Publish"/>.</summary>
    /// <param name="readable">Buffers the device reads, in order.</param>
    /// <param name="writable">Buffers the device writes, in order, behind them.</param>
    /// <param name="token">Comes back with the used buffer.</param>
    /// <returns>False when there are too few free descriptors, or the queue is broken.</returns>
    public abstract bool TryAdd(ReadOnlySpan<DriverBuffer> readable, ReadOnlySpan<DriverBuffer> writable, ulong token);

    /// <summary>Offers one buffer; the device sees it at the next <see cref="Publish"/>.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="writable">Whether the device writes it; else it reads it.</param>
    /// <param name="token">Comes back with the used buffer.</param>
    /// <returns>False when there is no free descriptor, or the queue is broken.</returns>
    public abstract bool TryAdd(DriverBuffer buffer, bool writable, ulong token);

    /// <summary>Shows the device everything added so far, and leaves open whether it wants to be notified: see <see cref="NotificationDue"/>.</summary>
    public abstract void PublishQuietly();

    /// <summary>Whether the device asked to be notified (kicked) of something published since this was last asked. A full fence, where there is something to ask.</summary>
    public abstract bool NotificationDue();

    /// <summary>How far the driver got at its last publication, as the doorbell takes it with <see cref="VirtioFeatures.NotificationData"/>.</summary>
    /// <param name="queueIndex">The index of this queue on its device.</param>
    public abstract NotificationData NotificationFor(ushort queueIndex);

    /// <summary>Shows the device everything added so far.</summary>
    /// <returns>True when the device asked to be notified (kicked).</returns>
    public bool Publish()
    {
        PublishQuietly();
        return NotificationDue();
    }

    /// <summary>Takes one chain the device has used.</summary>
    public abstract bool TryTakeUsed(out UsedBuffer used);

    /// <summary>Asks the device to notify of used buffers from now on.</summary>
    /// <returns>True when there are some already: look once more before sleeping. False when the queue is broken.</returns>
    public abstract bool EnableNotifications();

    /// <summary>Tells the device that the driver looks by itself. With an event index it holds for some 32000 buffers: repeat it in the loop that looks.</summary>
    public abstract void SuppressNotifications();

    private static DriverVirtqueue Create<TEventIndex, TInOrder>(
        GuestMemory memory, GuestAddress start, ushort size, ulong features, int indirectEntries)
        where TEventIndex : struct, IFeature
        where TInOrder : struct, IFeature
    {
        RingLayout layout = RingLayout.At(start, size, features);
        var setup = new VirtqueueSetup(size, layout.Descriptors, layout.Driver, layout.Device, 0, features);
        PackedRingAreas packed = default;
        SplitRingAreas split = default;
        bool isPacked = RingLayout.IsPacked(features);
        var mapped = new PhysicalMemory(memory);
        VirtqueueError error = isPacked
            ? PackedRingAreas.TryResolve(setup, mapped, out packed)
            : SplitRingAreas.TryResolve(setup, mapped, out split);
        if (error != VirtqueueError.None || layout.Descriptors != start)
        {
            throw new ArgumentException($"a ring of {size} entries can't lie at {start}: {error}");
        }

        memory.Window(start, BytesFor(size, features, indirectEntries)).Span.Clear();
        int entries = IndirectBytes(size, features, indirectEntries) > 0 ? indirectEntries : 0;
        var tables = new DriverIndirectTables(memory, layout.End, entries);
        return isPacked
            ? new PackedDriverVirtqueue<TEventIndex, TInOrder>(size, packed, tables)
            : new SplitDriverVirtqueue<TEventIndex, TInOrder>(size, split, tables);
    }

    private static ulong IndirectBytes(ushort size, ulong features, int indirectEntries) =>
        indirectEntries < 0 ? throw new ArgumentOutOfRangeException(nameof(indirectEntries), indirectEntries, "a table has no fewer than 0 entries")
        : (features & VirtioFeatures.IndirectDescriptors) != 0 ? (ulong)size * (ulong)indirectEntries * VirtqDescriptor.SizeBytes : 0;
}
