using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Backend;

/// <content>A ring whose addresses are I/O virtual ones (<c>VIRTIO_F_ACCESS_PLATFORM</c>): it may have to wait for a translation before it starts, or before its next chain.</content>
internal sealed partial class Vring
{
    private readonly QueueTranslation _translation;

    /// <summary>What the ring waits for.</summary>
    public IotlbMiss? Miss => _translation.Miss;

    /// <summary>Whether a change of these translations concerns the ring while it runs.</summary>
    public bool Uses(IovaRange range) => _queue is not null && _translation.Uses(range);

    /// <summary>Translations came: if the ring waited for one of them, it tries again.</summary>
    public void TranslationsCame(IovaRange range)
    {
        if (_translation.Answer(range))
        {
            Kick();
        }
    }

    public void AskAgain()
    {
        if (Miss is not null)
        {
            _session.Channel.NotifyMiss(_index);
        }
    }

    private void Ask()
    {
        _session.Counters.IotlbMisses++;
        _session.Channel.NotifyMiss(_index);
    }

    /// <summary>Frontend addresses are looked up in the memory map; I/O virtual ones are what the areas are looked up by.</summary>
    private VirtqueueError CreateQueue(in VringAddresses addresses, GuestMemory memory, out Virtqueue? queue)
    {
        if (_session.Translations.AreUsed)
        {
            return Virtqueue.TryCreate(SetupAt(new(addresses.Descriptors.Value), new(addresses.Driver.Value), new(addresses.Device.Value), _session.MemoryLog.For(addresses, memory)), _translation, out queue);
        }

        // Only the place is looked up here; that each area lies whole in one region is checked with the ring's layout.
        queue = null;
        return memory.TryToGuest(addresses.Descriptors, 1, out GuestAddress descriptors)
            && memory.TryToGuest(addresses.Driver, 1, out GuestAddress driver)
            && memory.TryToGuest(addresses.Device, 1, out GuestAddress device)
                ? Virtqueue.TryCreate(SetupAt(descriptors, driver, device, _session.MemoryLog.For(addresses, memory)), memory, out queue)
                : VirtqueueError.AreaNotMapped;
    }

    private VirtqueueSetup SetupAt(GuestAddress descriptors, GuestAddress driver, GuestAddress device, RingLog? log) =>
        new(_size, descriptors, driver, device, _base, _session.Features) { Log = log, Inflight = _session.Inflight?.RegionOf(_index) };
}
