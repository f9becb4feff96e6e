namespace FastRing.Host.Keeping;

/// <summary>What became of it: a line of JSON.</summary>
/// <param name="Program">What the worker runs that serves now.</param>
/// <param name="Worker">Its process; null: nothing has changed.</param>
/// <param name="Error">Why nothing has changed; null: it has.</param>
internal sealed record UpgradeAnswer(string Program, int? Worker, string? Error);
