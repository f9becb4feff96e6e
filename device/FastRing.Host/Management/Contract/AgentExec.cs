namespace FastRing.Host.Management.Contract;

/// <summary>A program to run in the guest.</summary>
internal sealed record AgentExec
{
    public required string Path { get; init; }

    public IReadOnlyList<string> Arguments { get; set; } = [];

    public IReadOnlyList<string> Environment { get; set; } = [];

    /// <summary>What it reads from its standard input; null: nothing.</summary>
    public string? Input { get; set; }

    /// <summary>How long it may take, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 30;
}
