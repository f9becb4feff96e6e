using System.Globalization;

namespace FastRing.Perf;

/// <summary>The device's work for a chain, on one thread.</summary>
internal static class ChainsBench
{
    private const int QuickSamples = 21;
    private const int Samples = 41;
    private const string Time = "ns/chain";
    private const string Instructions = "instructions/chain";
    private static readonly string[] s_rings = ["split", "packed"];

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        IReadOnlyList<WorkloadProgram> builds = WorkloadProgram.For(request);
        string why = "a quick run does not build it";
        using RustVmm? rustVmm = request.IsQuick ? null : RustVmm.TryBuild(out why);
        var rows = new List<Row>();
        foreach (ChainCase what in Cases(request))
        {
            Progress.Say(what.ToString());
            rows.AddRange(Compare(what, builds, PeerOf(what, rustVmm), request));
        }

        if (request.WithNativeAot)
        {
            rows.AddRange(Count(Cases(request), rustVmm));
        }

        machine.Remarks.Add(
            $"Rounds of {ChainCase.RoundChains} chains on a ring of 256; the driver is one store a round (split) or one a descriptor (packed). Values are of 2000 rounds each.");
        machine.Remarks.Add("rust-vmm has split rings only: packed ones are compared with those.");
        if (rustVmm is null)
        {
            machine.Remarks.Add($"rust-vmm's virtio-queue was not built, its recorded values stand in: {why}");
        }

        return rows;
    }

    /// <summary>What was built, for what it does; its driver is none of its own.</summary>
    private static WorkloadProgram? PeerOf(ChainCase what, RustVmm? rustVmm) => what.Kind == ChainKind.WithDriver ? null : rustVmm?.Program;

    private static IEnumerable<Row> Compare(ChainCase what, IReadOnlyList<WorkloadProgram> builds, WorkloadProgram? peer, PerfRequest request)
    {
        Side[] sides = [.. builds.Select(b => new Side($"{what}, {b.Name}", () => Read(b, what, request)))];
        Side? other = peer is null ? null : new Side(peer.Name, () => Read(peer, what, request));
        var result = Interleaved.Run(other is null ? sides : [.. sides, other], request.IsQuick ? 1 : Math.Min(3, request.Runs), request.Until);
        RecordedPeer recorded = RecordedPeer.For(what);
        return sides.Select(s => other is null
            ? Row.Of("chains", s.Name, Time, result.Values(s), recorded.Name, [recorded.Ns])
            : Row.Of("chains", s.Name, Time, result.Values(s), other.Name, result.Values(other)));
    }

    private static IEnumerable<ChainCase> Cases(PerfRequest request)
    {
        ChainKind[] kinds = request.IsQuick ? [ChainKind.Plain, ChainKind.EventIndex, ChainKind.WithDriver] : Enum.GetValues<ChainKind>();
        int[] descriptors = [1, 2, 4];
        return from ring in s_rings
               from kind in kinds
               from count in descriptors
               where count == 1 || (kind != ChainKind.WithDriver && (!request.IsQuick || kind == ChainKind.Plain))
               select new ChainCase(ring, count, kind);
    }

    private static IEnumerable<Reading> Read(WorkloadProgram build, ChainCase what, PerfRequest request)
    {
        string samples = (request.IsQuick ? QuickSamples : Samples).ToString(CultureInfo.InvariantCulture);
        return build.Run([.. what.WorkloadOptions, "--samples", samples, .. Processor()]).Values.Select(v => new Reading(v, 0));
    }

    private static List<Row> Count(IEnumerable<ChainCase> cases, RustVmm? rustVmm)
    {
        WorkloadProgram build = NativeAot.Publish();
        using var callgrind = new Callgrind(build);
        using Callgrind? peers = rustVmm is null ? null : new Callgrind(rustVmm.Program);
        Progress.Say("counting instructions");
        var rows = new List<Row>();
        foreach (ChainCase what in cases)
        {
            RecordedPeer recorded = RecordedPeer.For(what);
            WorkloadProgram? peer = PeerOf(what, rustVmm);
            double? instructions = peer is null ? recorded.Instructions : peers!.InstructionsPerChain(what.WorkloadOptions);
            if (instructions is { } count)
            {
                rows.Add(Row.Of("chains", $"{what}, {build.Name}", Instructions, [callgrind.InstructionsPerChain(what.WorkloadOptions)], peer?.Name ?? recorded.Name, [count]));
            }
        }

        return rows;
    }

    /// <summary>Not the first: it gets most interrupts.</summary>
    private static string[] Processor() => Environment.ProcessorCount > 1 ? ["--cpu", "1"] : [];
}
