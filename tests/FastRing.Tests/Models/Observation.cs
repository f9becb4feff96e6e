namespace FastRing.Tests.Models;

/// <summary>Something a driver or a device saw of its ring.</summary>
internal readonly record struct Observation(string What, long Number, ulong Value)
{
    public Observation(string what, bool answer, ulong value)
        : this(what, answer ? 1 : 0, value)
    {
    }
}
