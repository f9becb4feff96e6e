namespace FastRing.Perf.Comparing;

/// <summary>How many times as large the second of each pair is as the first.</summary>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="Ratio">The estimate.</param>
/// <param name="High">Upper end of the interval.</param>
internal readonly record struct RatioInterval(double Low, double Ratio, double High)
{
    /// <summary>
    /// The Hodges-Lehmann estimate (the median of the means of every two pairs' logarithms) and the interval that Wilcoxon's signed-rank test does not rule out: exact for as few pairs
    /// as there are, and it takes no other shape for granted than that a pair is as likely to err this way as that, which is what running each side first in turn is for.
    /// </summary>
    /// <param name="pairs">Positive figures.</param>
    /// <param name="confidence">How likely the interval has the true ratio in it, below 1.</param>
    /// <returns>Null: so few pairs tell nothing at this confidence.</returns>
    public static RatioInterval? Of(IReadOnlyList<(double First, double Second)> pairs, double confidence)
    {
        double[] logarithms = [.. pairs.Select(p => Math.Log(p.Second / p.First))];
        double[] means = [.. logarithms.SelectMany((x, i) => logarithms.Skip(i).Select(y => (x + y) / 2)).Order()];
        int cut = CutOff(pairs.Count, (1 - confidence) / 2);
        return cut == 0
            ? null
            : new RatioInterval(Math.Exp(means[cut - 1]), Math.Exp((means[(means.Length - 1) / 2] + means[means.Length / 2]) / 2), Math.Exp(means[^cut]));
    }

    /// <summary>How many pairs it takes to tell anything at that confidence: all of them may err the same way by chance.</summary>
    public static int LeastPairs(double confidence) => (int)Math.Ceiling(-Math.Log2((1 - confidence) / 2));

    /// <summary>How many of the least means lie outside: as many as the sum of signed ranks may take values whose likelihood together is <paramref name="tail"/> at the most.</summary>
    private static int CutOff(int pairs, double tail)
    {
        double[] ways = new double[(pairs * (pairs + 1) / 2) + 1]; // Of some of the ranks 1 to n to add up to this.
        ways[0] = 1;
        for (int rank = 1; rank <= pairs; rank++)
        {
            for (int sum = ways.Length - 1; sum >= rank; sum--)
            {
                ways[sum] += ways[sum - rank];
            }
        }

        int cut = 0;
        for (double likelihood = 0; cut < ways.Length && (likelihood += ways[cut] / Math.Pow(2, pairs)) <= tail;)
        {
            cut++;
        }

        return cut;
    }
}
