namespace FastRing.Host.Client;

/// <summary>What <c>--json</c> prints on standard error, on one line, when something went wrong.</summary>
/// <param name="Error">What.</param>
/// <param name="ExitCode">With what the program ends.</param>
internal sealed record ErrorReport(Problem Error, int ExitCode);
