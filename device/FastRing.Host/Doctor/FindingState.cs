using System.Text.Json.Serialization;

namespace FastRing.Host.Doctor;

/// <summary>What a look at one thing came to.</summary>
internal enum FindingState
{
    /// <summary>As FastRing wants it.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The machine does not say, or not to this user.</summary>
    [JsonStringEnumMemberName("notKnown")]
    NotKnown,

    /// <summary>It works, and takes longer than it has to.</summary>
    [JsonStringEnumMemberName("slow")]
    Slow,

    /// <summary>It works until something else goes wrong.</summary>
    [JsonStringEnumMemberName("fragile")]
    Fragile,

    /// <summary>Something that was asked for does not work.</summary>
    [JsonStringEnumMemberName("fails")]
    Fails,
}
