namespace FastRing.Fuzz;

/// <summary>The pretended process ends here.</summary>
internal sealed class KilledException : Exception;
