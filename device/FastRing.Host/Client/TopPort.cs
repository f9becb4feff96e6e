using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>A port of a <see cref="TopSample"/>.</summary>
/// <param name="Guest">Whose.</param>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="Waits">As in <see cref="PortState"/>.</param>
/// <param name="ToHostPerSecond">Bytes a second from the guest.</param>
/// <param name="ToGuestPerSecond">Bytes a second to the guest.</param>
/// <param name="BytesToHost">Since it exists.</param>
/// <param name="BytesToGuest">Since it exists.</param>
/// <param name="BytesDiscarded">Since it exists.</param>
internal sealed record TopPort(
    string Guest, string Name, int Id, string Waits, double ToHostPerSecond, double ToGuestPerSecond, ulong BytesToHost, ulong BytesToGuest, ulong BytesDiscarded)
{
    public static TopPort Between(PortState? before, PortState after, double seconds) => new(
        after.Guest, PortText.Name(after), after.Id, after.Waits,
        Math.Round(Passed(before?.BytesToHost ?? 0, after.BytesToHost) / seconds, 1),
        Math.Round(Passed(before?.BytesToGuest ?? 0, after.BytesToGuest) / seconds, 1),
        after.BytesToHost, after.BytesToGuest, after.BytesDiscarded);

    private static ulong Passed(ulong before, ulong after) => after >= before ? after - before : after;
}
