namespace FastRing.Perf;

/// <summary>
/// A peer that is not built here, or can't be (see <see cref="RustVmm"/>): what it took for the same rounds of 64 chains, recorded once on an AMD EPYC (Zen 5). On another machine its
/// times mean little, but its instructions do.
/// </summary>
/// <param name="Name">Its name and the day.</param>
/// <param name="Ns">Nanoseconds a chain, median of 41 x 2000 rounds.</param>
/// <param name="Instructions">Instructions a chain, counted by callgrind; null: not recorded.</param>
internal sealed record RecordedPeer(string Name, double Ns, double? Instructions)
{
    /// <summary>pop, get_slice of each descriptor, add_used, one needs_notification a round; release build, lto, one codegen unit, rustc 1.95.</summary>
    private const string RustVmm = "rust-vmm virtio-queue 0.18.0 (recorded 2026-11-22)";

    /// <summary>Both sides of Linux's tools/virtio/ringtest on one thread: 64 added, 64 used, 64 taken back; gcc 12.2.</summary>
    private const string Ringtest = "Linux 6.1 ringtest on one thread (recorded 2026-11-22)";

    public static RecordedPeer For(ChainCase what) => (what.Kind, what.Descriptors) switch
    {
        (ChainKind.Plain, 1) => new(RustVmm, 35.5, 684),
        (ChainKind.Plain, 2) => new(RustVmm, 51.5, 907),
        (ChainKind.Plain, 4) => new(RustVmm, 81, 1353),
        (ChainKind.EventIndex, 1) => new(RustVmm, 35.7, null),
        (ChainKind.EventIndex, 2) => new(RustVmm, 51.7, null),
        (ChainKind.EventIndex, 4) => new(RustVmm, 82, null),
        (ChainKind.Indirect, 1) => new(RustVmm, 48.3, 822),
        (ChainKind.Indirect, 2) => new(RustVmm, 65.3, 1045),
        (ChainKind.Indirect, 4) => new(RustVmm, 95.3, 1491),
        (ChainKind.Copy, 1) => new(RustVmm, 84.5, 1407),
        (ChainKind.Copy, 2) => new(RustVmm, 102.5, 1765),
        (ChainKind.Copy, 4) => new(RustVmm, 139, 2430),
        (ChainKind.WithDriver, 1) when what.Ring == "split" => new(Ringtest, 8.7, 81.1), // virtio_ring_0_9
        (ChainKind.WithDriver, 1) => new(Ringtest, 4.6, 60.1), // ring: its own layout, which is like the packed one
        _ => throw new ArgumentException($"{what} was not recorded"),
    };
}
