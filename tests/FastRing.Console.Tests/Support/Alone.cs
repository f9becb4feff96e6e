namespace FastRing.Console.Tests.Support;

/// <summary>Tests that measure the process, or want both processors: they run one at a time, after all others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
