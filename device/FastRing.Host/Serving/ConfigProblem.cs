namespace FastRing.Host.Serving;

/// <summary>Something that is wrong with a configuration.</summary>
/// <param name="Place">The member it is about, as a path from what was checked: <c>guests[0].ports[1].name</c>; empty: all of it.</param>
/// <param name="Message">What is wrong, and with what.</param>
internal readonly record struct ConfigProblem(string Place, string Message)
{
    public ConfigProblem(UsageException e)
        : this(e.Member, e.Message)
    {
    }

    /// <summary>The same, seen from the member that holds what was checked.</summary>
    public ConfigProblem Within(string parent) => this with { Place = Place.Length == 0 ? parent : $"{parent}.{Place}" };
}
