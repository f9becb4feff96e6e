namespace FastRing.Perf;

/// <summary>A network device in a process of its own, for one driver.</summary>
internal interface INetBackend : IDisposable
{
    /// <summary>Waits until a driver can connect.</summary>
    Task ReadyAsync(CancellationToken cancellation);

    /// <summary>A driver is connected: packets may move.</summary>
    void Begin();

    /// <summary>The time that counts begins.</summary>
    void BeginCounting();

    /// <summary>The driver is gone.</summary>
    /// <returns>Nanoseconds a packet that the device's processor was busy with it.</returns>
    Task<double> BusyNsPerPacketAsync(CancellationToken cancellation);
}
