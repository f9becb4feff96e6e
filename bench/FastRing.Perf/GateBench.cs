using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>Compares what does not depend on the machine's mood with a budget.</summary>
internal static class GateBench
{
    private const double Slack = 1.02;
    private const int PortAttempts = 4;
    private const string Instructions = "instructions/chain";
    private static readonly string[] s_rings = ["split", "split-inorder", "packed", "packed-inorder"];

    // Nothing is timed, so nothing waits for the last tier.
    private static readonly WorkloadProgram s_jit = WorkloadProgram.Jit with { WarmSeconds = 0.1 };

    public static IReadOnlyList<Row> Run(PerfRequest request, string budgetFile)
    {
        Budget budget = Budget.Read(budgetFile);
        WorkloadProgram aot = NativeAot.Publish();
        string limits = Path.GetFileName(budgetFile);
        var rows = new List<Row>();
        foreach (string ring in request.IsQuick ? ["split", "packed"] : s_rings)
        {
            Progress.Say(ring);
            rows.Add(Of($"{ring}, chains, one thread", "B/operation", BytesPerChain(ring), budget.AllocatedBytesPerOperation, limits));
            Measurement messages = s_jit.Run(["ring", "--ring", ring, "--messages", "1000000", "--runs", "2"]);
            rows.Add(Of($"{ring}, messages, two threads", "B/operation", messages.AllocatedBytes / (double)messages.Messages, budget.AllocatedBytesPerOperation, limits));
            rows.Add(Of($"{ring}, both sides polling", "collections/million", messages.Collections * 1e6 / messages.Messages, budget.CollectionsPerMillionMessages, limits));
            rows.Add(Of($"{ring}, both sides polling", "system calls/million", SystemCalls.PerMillionMessages(aot, ring), budget.SystemCallsPerMillionMessages, limits));
        }

        foreach (string path in new[] { "in-place", "private", "socket" })
        {
            string name = $"port, {path}";
            Progress.Say(name);
            rows.Add(Of(name, "B/operation", BytesPerPortMessage(path), budget.AllocatedBytesPerOperation, limits));
        }

        using var callgrind = new Callgrind(aot);
        foreach ((string options, double limit) in budget.InstructionsPerChain)
        {
            Progress.Say(options);
            rows.Add(Of(options, Instructions, callgrind.InstructionsPerChain(options.Split(' ')), limit, limits));
        }

        return rows;
    }

    /// <summary>Names the rows whose limit is exceeded.</summary>
    /// <param name="rows">What was measured.</param>
    /// <param name="budgetFile">Where the limits are.</param>
    /// <param name="update">Move the instructions' limits to what was measured first.</param>
    /// <returns>1 when there are any, 0 when there are none.</returns>
    public static int Judge(IReadOnlyList<Row> rows, string budgetFile, bool update)
    {
        if (update)
        {
            Budget budget = Budget.Read(budgetFile);
            var measured = rows.ToDictionary(r => (r.Case, r.Unit), r => r.Value.Median);
            (budget with { InstructionsPerChain = budget.InstructionsPerChain.ToDictionary(i => i.Key, i => Math.Ceiling(Slack * measured[(i.Key, Instructions)])) }).Write(budgetFile);
        }

        Row[] exceeded = [.. rows.Where(r => r.Value.Median > r.Peer.Median && !(update && r.Unit == Instructions))];
        foreach (Row row in exceeded)
        {
            System.Console.Error.WriteLine($"over budget: {row.Case}: {row.Value.Median} {row.Unit}, limit {row.Peer.Median}");
        }

        return exceeded.Length == 0 ? 0 : 1;
    }

    private static double BytesPerChain(string ring) =>
        s_jit.Run(["chains", "--driver", "--ring", ring]).AllocatedBytes / (41.0 * 2000 * ChainCase.RoundChains);

    /// <summary>Warmed up for long, and the least of several attempts: what the runtime allocates for itself now and then is no message's.</summary>
    private static double BytesPerPortMessage(string path)
    {
        double least = double.MaxValue;
        for (int i = 0; i < PortAttempts && least > 0; i++)
        {
            var measured = WorkloadProgram.Jit.Run(["port", "--case", path, "--runs", "3"]);
            least = Math.Min(least, (double)measured.AllocatedBytes / measured.Messages);
        }

        return Math.Round(least, 1); // An object a message is 24 bytes; a table of the runtime's that grew in between is none.
    }

    private static Row Of(string what, string unit, double value, double limit, string limits) => Row.Of("gate", what, unit, [value], limits, [limit]);
}
