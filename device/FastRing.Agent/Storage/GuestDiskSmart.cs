namespace FastRing.Agent;

/// <summary>A disk's health (<c>GuestDiskSmart</c>, <c>GuestNVMeSmart</c>).</summary>
/// <param name="Type">The kind of disk: <c>nvme</c> has the rest.</param>
/// <param name="CriticalWarning">Bits of warnings.</param>
/// <param name="Temperature">In kelvin.</param>
/// <param name="AvailableSpare">Percent of spare left.</param>
/// <param name="AvailableSpareThreshold">Percent below which it warns.</param>
/// <param name="PercentageUsed">Percent of its life.</param>
/// <param name="DataUnitsReadLo">Thousands of 512 bytes read, lower 64 bits.</param>
/// <param name="DataUnitsReadHi">Thousands of 512 bytes read, upper 64 bits.</param>
/// <param name="DataUnitsWrittenLo">Thousands of 512 bytes written, lower 64 bits.</param>
/// <param name="DataUnitsWrittenHi">Thousands of 512 bytes written, upper 64 bits.</param>
/// <param name="HostReadCommandsLo">Reads, lower 64 bits.</param>
/// <param name="HostReadCommandsHi">Reads, upper 64 bits.</param>
/// <param name="HostWriteCommandsLo">Writes, lower 64 bits.</param>
/// <param name="HostWriteCommandsHi">Writes, upper 64 bits.</param>
/// <param name="ControllerBusyTimeLo">Minutes busy, lower 64 bits.</param>
/// <param name="ControllerBusyTimeHi">Minutes busy, upper 64 bits.</param>
/// <param name="PowerCyclesLo">Times switched on, lower 64 bits.</param>
/// <param name="PowerCyclesHi">Times switched on, upper 64 bits.</param>
/// <param name="PowerOnHoursLo">Hours on, lower 64 bits.</param>
/// <param name="PowerOnHoursHi">Hours on, upper 64 bits.</param>
/// <param name="UnsafeShutdownsLo">Times cut off, lower 64 bits.</param>
/// <param name="UnsafeShutdownsHi">Times cut off, upper 64 bits.</param>
/// <param name="MediaErrorsLo">Errors of the medium, lower 64 bits.</param>
/// <param name="MediaErrorsHi">Errors of the medium, upper 64 bits.</param>
/// <param name="NumberOfErrorLogEntriesLo">Entries of its log, lower 64 bits.</param>
/// <param name="NumberOfErrorLogEntriesHi">Entries of its log, upper 64 bits.</param>
public sealed record GuestDiskSmart(
    string Type, int? CriticalWarning = null, int? Temperature = null, int? AvailableSpare = null,
    int? AvailableSpareThreshold = null, int? PercentageUsed = null, ulong? DataUnitsReadLo = null, ulong? DataUnitsReadHi = null,
    ulong? DataUnitsWrittenLo = null, ulong? DataUnitsWrittenHi = null, ulong? HostReadCommandsLo = null,
    ulong? HostReadCommandsHi = null, ulong? HostWriteCommandsLo = null, ulong? HostWriteCommandsHi = null,
    ulong? ControllerBusyTimeLo = null, ulong? ControllerBusyTimeHi = null, ulong? PowerCyclesLo = null, ulong? PowerCyclesHi = null,
    ulong? PowerOnHoursLo = null, ulong? PowerOnHoursHi = null, ulong? UnsafeShutdownsLo = null, ulong? UnsafeShutdownsHi = null,
    ulong? MediaErrorsLo = null, ulong? MediaErrorsHi = null, ulong? NumberOfErrorLogEntriesLo = null,
    ulong? NumberOfErrorLogEntriesHi = null);
