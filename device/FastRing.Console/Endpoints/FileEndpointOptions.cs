namespace FastRing.Console.Endpoints;

/// <summary>What a file does besides being appended to.</summary>
public sealed record FileEndpointOptions
{
    /// <summary>Bytes of the file at the most; then it is renamed to PATH.1, that to PATH.2, and so on, and a new one begun. Null: it grows.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>How many renamed ones are kept, 1 or more.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Each line begins with the time it came at, in UTC, as ISO 8601 has it: <c>2026-01-31T23:59:59.999Z</c>.</summary>
    public bool Timestamps { get; init; }

    /// <summary>What the time is.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
