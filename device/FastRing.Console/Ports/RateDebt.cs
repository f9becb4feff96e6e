namespace FastRing.Console.Ports;

/// <summary>How far ahead the limits of one direction are paid for, in nanoseconds.</summary>
internal readonly record struct RateDebt(long Bytes, long Messages);
