using System.Text.Json.Serialization;
using FastRing.Queues;
using FastRing.VhostUser.Backend;

namespace FastRing.VhostUser.Diagnostics;

/// <summary>A ring of a session, as it is told to people.</summary>
/// <param name="Queue">Its number.</param>
/// <param name="State">Where it stands.</param>
/// <param name="IsEnabled">The frontend has it enabled.</param>
/// <param name="Error">Why it stopped; null: it did not.</param>
/// <param name="Chains">Chains popped since it was started.</param>
/// <param name="Notifications">Notifications sent to the driver since.</param>
/// <param name="Ring">How it looks; null while it does not run.</param>
public sealed record RingReport(int Queue, string State, bool IsEnabled, string? Error, ulong Chains, ulong Notifications, RingSnapshot? Ring)
{
    /// <summary>What such reports are called.</summary>
    public const string Kind = "ring";

    /// <param name="queue">Its number.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="isEnabled">The frontend has it enabled.</param>
    /// <param name="error">Why it is broken, if it is; none: the device failed.</param>
    /// <param name="running">Its queue; null while it does not run.</param>
    internal static RingReport Of(int queue, VringState state, bool isEnabled, VirtqueueError error, Virtqueue? running)
    {
        string? why = state != VringState.Broken ? null : error == VirtqueueError.None ? "the device failed" : error.ToString();
        return new RingReport(queue, state.ToString(), isEnabled, why, running?.Counters.Chains ?? 0, running?.Counters.Notifications ?? 0, running?.Snapshot());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RingReport))]
internal sealed partial class RingReportJson : JsonSerializerContext;
