namespace FastRing.Host.Profiling;

/// <summary>Where a thread was.</summary>
/// <param name="Thread">Which.</param>
/// <param name="Frames">Its methods, outermost first.</param>
internal sealed record ThreadStack(string Thread, IReadOnlyList<string> Frames);
