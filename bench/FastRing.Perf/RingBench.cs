using System.CommandLine;
using System.Globalization;

namespace FastRing.Perf;

/// <summary>Two threads over one ring, beside Linux's ringtest doing the same.</summary>
internal sealed class RingBench
{
    private static readonly string[] s_rings = ["split", "split-inorder", "packed", "packed-inorder"];
    private static readonly string[] s_waits = ["poll", "pause", "sleep"];
    private const int RunsAtOnce = 3;

    private readonly Option<string[]> _rings = Several("--ring", "Only these layouts.", s_rings);
    private readonly Option<string[]> _waits = Several("--wait", "Only these ways of waiting.", s_waits);
    private readonly Option<int[]> _outstanding = new("--outstanding")
    {
        Description = "Only so many messages under way (1 to 256).",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Add(_rings);
        command.Add(_waits);
        command.Add(_outstanding);
    }

    public IReadOnlyList<Row> Run(PerfRequest request, ParseResult parsed, MachineState machine)
    {
        IReadOnlyList<WorkloadProgram> builds = WorkloadProgram.For(request);
        using Ringtest ringtest = Ringtest.Build();
        var rows = new List<Row>();
        int dropped = 0;
        foreach (RingCase what in Cases(request, parsed))
        {
            Progress.Say(what.ToString());
            rows.AddRange(Compare(what, builds, ringtest, request, ref dropped));
        }

        machine.Remarks.Add($"{dropped} runs dropped: the processors were far apart before or after them.");
        machine.Remarks.Add("What a packed ring is compared with is Linux's own descriptor ring (an owner flag in each, used in order), which is not virtio's.");
        machine.Remarks.Add("Peer: its process' time less that of one message. Asleep, both sides burn 500 time-stamp cycles before and after each notification and each sleep.");
        return rows;
    }

    private static List<Row> Compare(RingCase what, IReadOnlyList<WorkloadProgram> builds, Ringtest ringtest, PerfRequest request, ref int dropped)
    {
        int messages = what.Messages(request.IsQuick);
        Side Peer(string name, string program) => new(
            $"ringtest {what.RingtestProgram}, {name}", () => Enumerable.Range(0, RunsAtOnce).Select(_ => ringtest.Measure(program, what, messages)));
        Side Own(WorkloadProgram build, RingWay way) => new($"{what.Name(way)}, {build.Name}", () => Read(build, what, way, messages));
        Side[] peers = [Peer("no false sharing", ringtest.Aligned(what.RingtestProgram)), Peer("as it is", ringtest.Stock(what.RingtestProgram))];
        RingWay[] ways = what.Wait == "pause" && what.Outstanding > 1 ? Enum.GetValues<RingWay>() : [RingWay.Exact];
        Side[] own = [.. builds.SelectMany(b => ways.Select(w => Own(b, w)))];
        var result = Interleaved.Run([.. own, .. peers], request.IsQuick ? 1 : Math.Max(2, request.Runs / RunsAtOnce), request.Until);
        dropped += result.Dropped;
        string far = result.IsFar ? ", PROCESSORS FAR APART" : string.Empty;
        return [.. own.SelectMany(side => peers.Select(peer => Row.Of("ring", side.Name + far, "ns/message", result.Values(side), peer.Name, result.Values(peer))))];
    }

    private static IEnumerable<Reading> Read(WorkloadProgram build, RingCase what, RingWay way, int messages)
    {
        var measured = build.Run(
            ["ring", .. what.WorkloadOptions(way), "--messages", messages.ToString(CultureInfo.InvariantCulture), "--runs", RunsAtOnce.ToString(CultureInfo.InvariantCulture)]);
        return measured.Values.Zip(measured.Distances, (value, distance) => new Reading(value, distance));
    }

    private IEnumerable<RingCase> Cases(PerfRequest request, ParseResult parsed)
    {
        string[] rings = parsed.GetValue(_rings) is { Length: > 0 } chosen ? chosen : request.IsQuick ? ["split", "packed", "packed-inorder"] : s_rings;
        string[] waits = parsed.GetValue(_waits) is { Length: > 0 } some ? some : request.IsQuick ? ["pause"] : s_waits;
        int[] outstanding = parsed.GetValue(_outstanding) ?? [];
        return from wait in waits
               from ring in rings
               from count in outstanding.Length > 0 ? outstanding : Usual(request, wait)
               select new RingCase(ring, wait, count);
    }

    private static int[] Usual(PerfRequest request, string wait) => request.IsQuick ? [256] : wait == "pause" ? [256, 32, 1] : [256, 1];

    private static Option<string[]> Several(string name, string description, string[] values)
    {
        var option = new Option<string[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
