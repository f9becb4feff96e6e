using System.Globalization;
using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>
/// How many descriptors a daemon needs. Told before it starts, because a process without descriptors can't be told anything: the runtime ends it when a library
/// it loads late can't be opened.
/// </summary>
internal static class OpenFileNeed
{
    /// <summary>The runtime (two for each library it has loaded), the management API and its clients, and <see cref="OpenFileLimit.Reserve"/>.</summary>
    private const int Itself = 384;

    /// <summary>Socket, connection, the frontend's back channel, eight regions of memory on their way, the worker's own.</summary>
    private const int Guest = 16;

    /// <summary>Kick, call and error.</summary>
    private const int Queue = 3;

    /// <summary>A listener, a client, one that is turned away, and a link or a file.</summary>
    private const int Port = 4;

    /// <summary>Why this process can't be a daemon at all; null: it can.</summary>
    public static string? WhyTooFew => Why(Itself, OpenFileLimit.Current);

    /// <summary>Why it can't serve these guests; null: it can.</summary>
    public static string? WhyTooMany(IReadOnlyList<GuestConfig> guests) => Why(Of(guests), OpenFileLimit.Current);

    /// <summary>What these guests need with all their queues in use and a client at every port.</summary>
    public static long Of(IReadOnlyList<GuestConfig> guests) =>
        Itself + guests.Sum(g => (long)Guest + (Queue * 2 * (Math.Clamp(g.MaxPorts, 1, GuestCheck.VhostUserPorts) + 1L)) + (Port * GuestDevice.Ports(g).Count));

    private static string? Why(long need, int limit) => need <= limit
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"needs up to {need} open files and may have {limit}: raise the limit first, for example with 'ulimit -n {need}' or LimitNOFILE={need} of systemd");
}
