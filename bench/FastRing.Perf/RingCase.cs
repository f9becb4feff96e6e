using System.Globalization;

namespace FastRing.Perf;

/// <summary>A way to drive a ring that Linux's ringtest has too.</summary>
/// <param name="Ring">Layout of FastRing's ring.</param>
/// <param name="Wait">What a side does that finds nothing: poll, pause or sleep.</param>
/// <param name="Outstanding">Messages under way at the most; the ring has 256 entries.</param>
internal sealed record RingCase(string Ring, string Wait, int Outstanding)
{
    private const int RingSize = 256;

    /// <summary>Ringtest's program for the same layout. Its own descriptor ring is what comes closest to the packed one: one owner flag a descriptor, used in order.</summary>
    public string RingtestProgram => Ring switch
    {
        "split" => "virtio_ring_0_9",
        "split-inorder" => "virtio_ring_inorder",
        _ => "ring",
    };

    public IEnumerable<string> RingtestOptions =>
    [
        .. Wait == "pause" ? new[] { "--relax" } : [],
        .. Wait == "sleep" ? new[] { "--sleep" } : [],
        .. Outstanding < RingSize ? new[] { "--outstanding", Text(Outstanding) } : [],
    ];

    public IEnumerable<string> WorkloadOptions(RingWay way) =>
    [
        "--ring", Ring, "--wait", Wait, "--outstanding", Text(Outstanding),
        .. way switch
        {
            RingWay.PopSixteen => new[] { "--pop", "16" },
            RingWay.Batched => ["--batched"],
            _ => [],
        },
    ];

    /// <summary>A row's name.</summary>
    public string Name(RingWay way) => way switch
    {
        RingWay.PopSixteen => $"{this}, popped 16 at once",
        RingWay.Batched => $"{this}, batched",
        _ => ToString(),
    };

    /// <summary>Messages of a run; few where each waits for the other side, or for the scheduler.</summary>
    public int Messages(bool quick)
    {
        int messages = Wait == "sleep" && Outstanding == 1 ? 10_000 : Wait == "sleep" || Outstanding == 1 ? 500_000 : 3_000_000;
        return quick ? messages / 3 : messages;
    }

    public override string ToString() => $"{Ring}, {Wait}, {Outstanding} outstanding";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
