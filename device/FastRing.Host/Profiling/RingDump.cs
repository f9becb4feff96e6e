using FastRing.Console.Diagnostics;
using FastRing.VhostUser.Diagnostics;

namespace FastRing.Host.Profiling;

/// <summary>What <c>fastring dump-rings</c> shows.</summary>
/// <param name="Rings">Rings that a frontend has spoken of.</param>
/// <param name="Ports">Ports of console devices.</param>
internal sealed record RingDump(IReadOnlyList<RingDump.Of<RingReport>> Rings, IReadOnlyList<RingDump.Of<PortReport>> Ports)
{
    /// <summary>A report, and whose it is.</summary>
    /// <param name="Device">The device's name.</param>
    /// <param name="Report">What it says.</param>
    public sealed record Of<T>(string Device, T Report);
}
