using FastRing.Console.Endpoints;

namespace FastRing.Console.Tests.Recovery;

/// <summary>A program at the host's end that outlives the device's process: what it has received, and what it sends, by positions.</summary>
internal sealed class ResumableClient
{
    /// <summary>The session it is in; none yet.</summary>
    public Guid Session { get; set; }

    /// <summary>What it has of the guest's stream.</summary>
    public List<byte> Received { get; } = [];

    /// <summary>Bytes of its own stream, a <see cref="Pattern"/>, that it has to send.</summary>
    public long ToSend { get; init; }

    /// <summary>How often each process was told to go on, and from where.</summary>
    public List<StreamPositions> Resumed { get; } = [];
}
