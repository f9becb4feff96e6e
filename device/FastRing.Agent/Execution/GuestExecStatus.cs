namespace FastRing.Agent;

/// <summary>A program that was started, as it is now (<c>GuestExecStatus</c>).</summary>
/// <param name="Exited">Whether it has ended; the agent then forgets it with this answer.</param>
/// <param name="Exitcode">Its exit code, if it ended by itself.</param>
/// <param name="Signal">The signal that ended it, or on Windows the exception.</param>
/// <param name="OutData">Its standard output, once it has ended and if it was captured.</param>
/// <param name="ErrData">Its standard error, likewise.</param>
/// <param name="OutTruncated">Whether the agent kept only the beginning (16 MiB).</param>
/// <param name="ErrTruncated">The same for its standard error.</param>
public sealed record GuestExecStatus(
    bool Exited, int? Exitcode = null, int? Signal = null, ReadOnlyMemory<byte>? OutData = null,
    ReadOnlyMemory<byte>? ErrData = null, bool OutTruncated = false, bool ErrTruncated = false);
