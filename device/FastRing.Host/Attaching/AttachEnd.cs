using System.Text.Json.Serialization;

namespace FastRing.Host.Attaching;

/// <summary>How an attachment ended.</summary>
internal enum AttachEnd
{
    /// <summary>The other side ended the connection, or is quiet after our input ended.</summary>
    [JsonStringEnumMemberName("portEnded")]
    PortEnded,

    /// <summary>The user left by the escape key.</summary>
    [JsonStringEnumMemberName("left")]
    Left,

    /// <summary>So did this one, and the other side did not take the last of what was typed.</summary>
    [JsonStringEnumMemberName("leftUntaken")]
    LeftUntaken,
}
