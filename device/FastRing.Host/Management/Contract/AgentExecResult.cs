namespace FastRing.Host.Management.Contract;

/// <summary>How a program in the guest ended.</summary>
/// <param name="ExitCode">Null when a signal ended it.</param>
/// <param name="Signal">Null when it ended by itself.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTruncated">The agent cut one of them off.</param>
internal sealed record AgentExecResult(int? ExitCode, int? Signal, string Output, string Error, bool IsTruncated);
