using System.Globalization;

namespace FastRing.Perf;

/// <summary>The device's work for a chain, on one thread.</summary>
internal static class ChainsBench
{
    private const int QuickSamples = 21;
    private const int Samples = 41;
    private static readonly string[] s_rings = ["split", "packed"];

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        IReadOnlyList<WorkloadProgram> builds = WorkloadProgram.For(request);
        var rows = new List<Row>();
        foreach (ChainCase what in Cases(request))
        {
            Progress.Say(what.ToString());
            Side[] sides = [.. builds.Select(b => new Side($"{what}, {b.Name}", () => Read(b, what, request)))];
            var result = Interleaved.Run(sides, request.IsQuick ? 1 : Math.Min(3, request.Runs), request.Until);
            RecordedPeer peer = RecordedPeer.For(what);
            rows.AddRange(sides.Select(s => Row.Of("chains", s.Name, "ns/chain", result.Values(s), peer.Name, [peer.Ns])));
        }

        if (request.WithNativeAot)
        {
            rows.AddRange(Count(Cases(request)));
        }

        machine.Remarks.Add(
            $"Rounds of {ChainCase.RoundChains} chains on a ring of 256; the driver is one store a round (split) or one a descriptor (packed). Values are of 2000 rounds each.");
        return rows;
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

    private static List<Row> Count(IEnumerable<ChainCase> cases)
    {
        WorkloadProgram build = NativeAot.Publish();
        using var callgrind = new Callgrind(build);
        Progress.Say("counting instructions");
        return [.. from what in cases
                   let peer = RecordedPeer.For(what)
                   where peer.Instructions is not null
                   let recorded = peer.Instructions ?? 0
                   select Row.Of("chains", $"{what}, {build.Name}", "instructions/chain", [callgrind.InstructionsPerChain(what.WorkloadOptions)], peer.Name, [recorded])];
    }

    /// <summary>Not the first: it gets most interrupts.</summary>
    private static string[] Processor() => Environment.ProcessorCount > 1 ? ["--cpu", "1"] : [];
}
