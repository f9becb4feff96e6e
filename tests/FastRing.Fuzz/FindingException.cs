namespace FastRing.Fuzz;

/// <summary>Something did not hold that must.</summary>
internal sealed class FindingException(string what) : Exception(what);
