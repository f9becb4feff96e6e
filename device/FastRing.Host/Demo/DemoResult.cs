using System.Text.Json.Serialization;

namespace FastRing.Host.Demo;

/// <summary>What a demo saw: one JSON object with <c>--json</c>, a table without.</summary>
internal sealed record DemoResult
{
    /// <summary>"uml" (a Linux kernel) or "embedded" (FastRing's own driver in a second process).</summary>
    public required string Guest { get; init; }

    /// <summary>The guest's system, as its agent names it; null without an agent.</summary>
    public string? GuestOs { get; init; }

    /// <summary>Milliseconds from starting the guest to the first byte out of one of its ports.</summary>
    public required double FirstByteMs { get; init; }

    /// <summary>Bytes sent through the echo port and back.</summary>
    public required long EchoBytes { get; init; }

    /// <summary>What came back has the checksum of what was sent.</summary>
    public required bool EchoOk { get; init; }

    /// <summary>SHA-256 of what came back.</summary>
    public required string EchoSha256 { get; init; }

    /// <summary>MiB a second through the echo port, each way at the same time.</summary>
    public required double ThroughputMibS { get; init; }

    /// <summary>Median time from a host client through the port to a program in the guest and back, in microseconds.</summary>
    public required double RoundTripUsP50 { get; init; }

    /// <summary>The 99th percentile of it.</summary>
    public required double RoundTripUsP99 { get; init; }

    /// <summary>The agent answered ping, OS info and users, and shut the guest down; null where the guest has no agent.</summary>
    public bool? AgentOk { get; init; }

    /// <summary>Who is logged in to the guest; null where the guest has no agent.</summary>
    public IReadOnlyList<string>? Users { get; init; }

    /// <summary>Everything that could be checked was right.</summary>
    [JsonIgnore]
    public bool Succeeded => EchoOk && AgentOk != false;
}
