using System.Text.Json.Serialization;

namespace FastRing.Workloads.Notify;

/// <summary>A way to drive an echo.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NotifyMode>))]
public enum NotifyMode
{
    /// <summary>One buffer after the other.</summary>
    RoundTrip,

    /// <summary>So many a second.</summary>
    Paced,

    /// <summary>As many as possible.</summary>
    Throughput,
}
