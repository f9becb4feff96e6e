using System.Globalization;
using System.Text.Json;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>What the C ABI costs: batches through libfastring.so beside the same in C#, and what loading it takes.</summary>
internal static class AbiBench
{
    private const string Bench = "abi";
    private const int Rounds = 4000;
    private const int Samples = 41;
    private const int Loads = 15;
    private const double WarmSeconds = 0.3;
    private const double MebibyteKiB = 1024;
    private const double MostFirstCallMs = 5;
    private const double MostMebibytes = 6;
    private const double MostResidentMebibytes = 16;

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        using var library = new NativeLibrary();
        WorkloadProgram ours = NativeAot.Publish();
        string program = library.Compile("batches", isLinked: true);
        var rows = new List<Row>();
        foreach (string ring in new[] { "split", "packed" })
        {
            Progress.Say($"batches of 32, {ring}");
            var throughC = new Side("C", () => Readings(Shell.Run(".", program, ring, Text(Rounds), Text(Samples), Text(WarmSeconds), Text(Processor))));
            var inCSharp = new Side("C#", () => Readings(ours.Output(["batches", "--ring", ring, "--rounds", Text(Rounds), "--samples", Text(Samples), .. OnProcessor()])));
            var result = Interleaved.Run([throughC, inCSharp], request.IsQuick ? 3 : Math.Max(5, request.Runs), request.Until);
            rows.Add(Row.Of(Bench, $"{ring}: a batch of 32 popped, completed and published from C", "ns/batch", result.Values(throughC), "the same in C#, NativeAOT", result.Values(inCSharp)));
        }

        rows.AddRange(Loading(library));
        machine.Remarks.Add("A batch is 32 chains of one buffer: three calls. Values are of 4000 batches each. Loading is by dlopen in a fresh process.");
        return rows;
    }

    private static IEnumerable<Row> Loading(NativeLibrary library)
    {
        Progress.Say("loading");
        string program = library.Compile("figures", isLinked: false);
        JsonElement[] figures = [.. Enumerable.Range(0, Loads).Select(_ => JsonDocument.Parse(Shell.Run(".", program, library.File)).RootElement)];
        yield return Row.Of(Bench, "dlopen", "ms", Values(figures, "dlopenMs"), "none", [0]);
        yield return Row.Of(Bench, "the first call after it", "ms", Values(figures, "firstCallMs"), "limit", [MostFirstCallMs]);
        yield return Row.Of(Bench, "resident memory added, with a worker, a device and a ring after 10^6 chains", "MiB", Values(figures, "residentKiB").Select(kib => kib / MebibyteKiB), "limit", [MostResidentMebibytes]);
        yield return Row.Of(Bench, "the file", "MiB", [new FileInfo(library.File).ResolveLinkTarget(returnFinalTarget: true) is FileInfo file ? file.Length / (MebibyteKiB * MebibyteKiB) : 0], "limit", [MostMebibytes]);
        yield return Row.Of(Bench, "managed memory allocated for 10^6 chains", "B", Values(figures, "allocatedBytes"), "limit", [0]);
    }

    private static IEnumerable<double> Values(JsonElement[] figures, string name) => figures.Select(f => f.GetProperty(name).GetDouble());

    private static IEnumerable<Reading> Readings(string line) => Measurement.Parse(line).Values.Select(value => new Reading(value, 0));

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Not the first: it gets most interrupts. -1: there is one only.</summary>
    private static int Processor => Environment.ProcessorCount > 1 ? 1 : -1;

    private static string[] OnProcessor() => Processor < 0 ? [] : ["--cpu", Text(Processor)];
}
