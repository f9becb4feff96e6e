namespace FastRing.Perf;

/// <summary>Places for names beside points, so that none is written over another. In pixels, downwards.</summary>
internal sealed class LabelPlaces
{
    private const double LineHeight = 15;
    private const double CharacterWidth = 7;
    private const int MostLines = 12;

    private readonly List<(double X, double Y, double Width)> _taken = [];

    /// <summary>Takes a place.</summary>
    /// <param name="x">Where the text begins.</param>
    /// <param name="y">Its middle, if nothing else is there.</param>
    /// <param name="text">The text.</param>
    /// <returns>How far below <paramref name="y"/> its middle has to be; negative: above.</returns>
    public double Take(double x, double y, string text)
    {
        double width = text.Length * CharacterWidth;
        double offset = Offsets().FirstOrDefault(o => !_taken.Exists(t => Overlaps(t, x, y + o, width)));
        _taken.Add((x, y + offset, width));
        return offset;
    }

    /// <summary>The nearest first: 0, one line down, one up, two down and so on.</summary>
    private static IEnumerable<double> Offsets() => Enumerable.Range(0, MostLines).Select(i => (i % 2 == 0 ? -1 : 1) * ((i + 1) / 2) * LineHeight);

    private static bool Overlaps((double X, double Y, double Width) taken, double x, double y, double width) =>
        Math.Abs(taken.Y - y) < LineHeight && x < taken.X + taken.Width && taken.X < x + width;
}
