namespace FastRing.Devices.State;

/// <summary>
/// A device whose state can be taken from it and given to another of its kind: live migration and snapshots. What lies in guest memory is not part of it, and the
/// transport says itself where a ring goes on. Worker thread only, and only while no queue runs.
/// </summary>
public interface IStatefulDevice : IVirtioDevice
{
    /// <summary>No state of this kind of device is longer, whatever its driver does: transports read no more.</summary>
    int MaxStateBytes { get; }

    /// <summary>What another device has to know to go on in this one's place. The device stays as it is: it may go on itself.</summary>
    /// <returns>A record, best made with <see cref="StateWriter"/>.</returns>
    byte[] SaveState();

    /// <summary>Goes on where the device of which this is the state left off; what its own driver, if any, had said is forgotten. The host's ends are its own.</summary>
    /// <param name="state">Untrusted: <see cref="StateReader"/> reads such a thing.</param>
    /// <returns>Null; or why it can't, naming the field. Then nothing has changed.</returns>
    string? LoadState(ReadOnlySpan<byte> state);
}
