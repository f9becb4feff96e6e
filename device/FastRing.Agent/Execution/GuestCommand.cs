namespace FastRing.Agent;

/// <summary>A program to run in the guest.</summary>
/// <param name="Path">The program: a path, or a name that the agent looks for in its own PATH. There is no shell.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record GuestCommand(string Path, params IReadOnlyList<string> Arguments)
{
    /// <summary>Its environment, as NAME=VALUE; null for the agent's own.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    /// <summary>Its standard input.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Which output is wanted.</summary>
    public GuestExecCapture Capture { get; init; }

    /// <summary>Bytes of each output that are wanted; what is more is cut off. The agent itself keeps 16 MiB.</summary>
    public int MaxOutputBytes { get; init; } = 16 << 20;

    /// <summary>How long it may run; null for as long as it likes. The protocol can't end a program: it runs on.</summary>
    public TimeSpan? Timeout { get; init; }
}
