using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>What one run of a driver against a device gave.</summary>
/// <param name="Mpps">Millions of packets a second, each way.</param>
/// <param name="DriverBusyNs">Nanoseconds a packet that the driver's processor spent on bursts that moved some.</param>
/// <param name="DeviceBusyNs">The same of the device's.</param>
/// <param name="DistanceNs">How far the processors were from each other around it.</param>
internal sealed record NetSample(double Mpps, double DriverBusyNs, double DeviceBusyNs, double DistanceNs)
{
    public bool IsNear => DistanceNs < CoreDistance.NearNs;

    /// <summary>Nanoseconds between two packets.</summary>
    public double NsPerPacket => 1000 / Mpps;
}
