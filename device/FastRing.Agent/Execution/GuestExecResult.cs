using System.Text;

namespace FastRing.Agent;

/// <summary>A program that ended.</summary>
/// <param name="ExitCode">Its exit code; null when something ended it.</param>
/// <param name="Signal">The signal that ended it, or on Windows the exception; null when it ended by itself.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="IsOutputTruncated">Whether there was more output than the agent keeps or the caller wanted.</param>
/// <param name="IsErrorTruncated">The same for its standard error.</param>
public sealed record GuestExecResult(
    int? ExitCode, int? Signal, ReadOnlyMemory<byte> Output, ReadOnlyMemory<byte> Error, bool IsOutputTruncated, bool IsErrorTruncated)
{
    /// <summary>Standard output as UTF-8.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output.Span);

    /// <summary>Standard error as UTF-8.</summary>
    public string ErrorText => Encoding.UTF8.GetString(Error.Span);
}
