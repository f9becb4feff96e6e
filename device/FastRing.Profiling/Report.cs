namespace FastRing.Profiling;

/// <summary>What something in another process told of itself.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Kind">Of what it speaks: <c>ring</c>, <c>port</c>.</param>
/// <param name="Json">What it says.</param>
public sealed record Report(string Device, string Kind, string Json);
