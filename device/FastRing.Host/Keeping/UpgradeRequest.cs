namespace FastRing.Host.Keeping;

/// <summary>What <c>fastring upgrade</c> asks for: a line of JSON.</summary>
/// <param name="Program">What the new worker runs; null: the file that the last one was started from, as it is now.</param>
internal sealed record UpgradeRequest(string? Program);
