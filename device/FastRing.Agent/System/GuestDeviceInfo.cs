namespace FastRing.Agent;

/// <summary>A device and its driver in a Windows guest (<c>GuestDeviceInfo</c>).</summary>
/// <param name="DriverName">The driver.</param>
/// <param name="DriverDate">When it was released, in nanoseconds since 1970.</param>
/// <param name="DriverVersion">Its version.</param>
/// <param name="Id">Which device.</param>
public sealed record GuestDeviceInfo(string DriverName, long? DriverDate = null, string? DriverVersion = null, GuestDeviceId? Id = null);
