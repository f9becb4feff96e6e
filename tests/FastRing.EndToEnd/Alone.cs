namespace FastRing.EndToEnd;

/// <summary>Tests that run by themselves: they measure, poll on every core there is, or use up what others need.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
