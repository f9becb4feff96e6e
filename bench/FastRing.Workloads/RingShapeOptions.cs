using System.CommandLine;
using FastRing.Spec;

namespace FastRing.Workloads;

/// <summary>The options that name a <see cref="RingShape"/>.</summary>
internal sealed class RingShapeOptions
{
    private readonly Option<string> _ring = new("--ring") { Description = "Layout of the ring.", DefaultValueFactory = _ => "split" };
    private readonly Option<ushort> _size = new("--ring-size") { Description = "Entries of the ring.", DefaultValueFactory = _ => 256 };
    private readonly Option<bool> _eventIndex = new("--event-index") { Description = "Negotiate VIRTIO_F_EVENT_IDX." };
    private readonly Option<bool> _indirect = new("--indirect") { Description = "Negotiate VIRTIO_F_INDIRECT_DESC, and use it." };

    public RingShapeOptions() => _ring.AcceptOnlyFromAmong("split", "split-inorder", "packed", "packed-inorder");

    public void AddTo(Command command)
    {
        command.Add(_ring);
        command.Add(_size);
        command.Add(_eventIndex);
        command.Add(_indirect);
    }

    public RingShape Of(ParseResult parsed)
    {
        string ring = parsed.GetValue(_ring)!;
        ulong features = VirtioFeatures.Version1;
        features |= ring.StartsWith("packed", StringComparison.Ordinal) ? VirtioFeatures.RingPacked : 0;
        features |= ring.EndsWith("inorder", StringComparison.Ordinal) ? VirtioFeatures.InOrder : 0;
        features |= parsed.GetValue(_eventIndex) ? VirtioFeatures.EventIndex : 0;
        features |= parsed.GetValue(_indirect) ? VirtioFeatures.IndirectDescriptors : 0;
        return new RingShape(parsed.GetValue(_size), features);
    }
}
