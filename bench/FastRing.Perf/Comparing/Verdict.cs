using System.Globalization;

namespace FastRing.Perf.Comparing;

/// <summary>What pairs of a figure tell of B beside A.</summary>
/// <param name="Kind">The verdict.</param>
/// <param name="Interval">B's figure over A's; null where there are too few pairs.</param>
/// <param name="RulesOut">Differences of more than so much, either way, are ruled out; as a share.</param>
internal sealed record Verdict(VerdictKind Kind, RatioInterval? Interval, double RulesOut)
{
    /// <summary>Less than this is no difference to anybody: where a loop's code happens to lie makes as much.</summary>
    private const double LeastDifference = 0.01;

    /// <summary>Who rules out no less than this has seen nothing.</summary>
    private const double MostBlindness = 0.10;

    /// <param name="pairs">Figures of A and B, measured one right after the other.</param>
    /// <param name="moreIsBetter">Whether they are of something one wants much of.</param>
    /// <param name="confidence">How sure to be, below 1.</param>
    public static Verdict Of(IReadOnlyList<(double A, double B)> pairs, bool moreIsBetter, double confidence)
    {
        if (pairs.Any(p => !(p.A > 0 && p.B > 0)) || RatioInterval.Of(pairs, confidence) is not { } interval)
        {
            return new Verdict(VerdictKind.None, null, double.PositiveInfinity);
        }

        double rulesOut = Math.Max(interval.High, 1 / interval.Low) - 1;
        bool isMore = interval.Low > 1 + LeastDifference;
        bool isLess = interval.High < 1 / (1 + LeastDifference);
        return new Verdict(isMore || isLess ? isMore == moreIsBetter ? VerdictKind.Faster : VerdictKind.Slower : rulesOut <= MostBlindness ? VerdictKind.NoDifference : VerdictKind.None, interval, rulesOut);
    }

    /// <summary>Of a figure that is the same in every run: instructions, memory.</summary>
    /// <param name="a">A's.</param>
    /// <param name="b">B's.</param>
    /// <param name="least">Differences of so much are none, nor are those that are none of a time.</param>
    public static Verdict OfCounts(double a, double b, double least)
    {
        double slack = Math.Max(least, a * LeastDifference);
        double ratio = a == b ? 1 : b / a;
        return new Verdict(b > a + slack ? VerdictKind.Slower : b < a - slack ? VerdictKind.Faster : VerdictKind.NoDifference, new RatioInterval(ratio, ratio, ratio), a > 0 ? slack / a : 0);
    }

    public override string ToString() => Kind switch
    {
        VerdictKind.Faster => "faster",
        VerdictKind.Slower => "slower",
        VerdictKind.NoDifference => $"no difference seen (more than {Percent} is ruled out)",
        _ => double.IsFinite(RulesOut) ? $"no verdict: too noisy (only more than {Percent} is ruled out)" : "no verdict: too few rounds",
    };

    private string Percent => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(RulesOut * 1000) / 10:0.0} %");
}
