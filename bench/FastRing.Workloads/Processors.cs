namespace FastRing.Workloads;

/// <summary>Who runs where, unless options say otherwise.</summary>
internal static class Processors
{
    /// <summary>The driver's, and whoever it sends to outside of the device's process.</summary>
    public const int Driver = 0;

    /// <summary>The device's.</summary>
    public const int Device = 1;
}
