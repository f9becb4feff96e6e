using System.Text.Json.Serialization;

namespace FastRing.Agent;

/// <summary>Somebody logged in to the guest (<c>GuestUser</c>).</summary>
/// <param name="Name">The account's name.</param>
/// <param name="LoginTime">When the earliest session began: seconds since 1970, by the guest's clock.</param>
/// <param name="Domain">Windows only.</param>
public sealed record GuestUser([property: JsonPropertyName("user")] string Name, double LoginTime, string? Domain = null)
{
    // The year 5138: the guest may answer with any number.
    private const double MaxSeconds = 1e11;

    /// <summary><see cref="LoginTime"/>, or the nearest time that can be told.</summary>
    [JsonIgnore]
    public DateTimeOffset LoggedInAt => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(Math.Clamp(LoginTime, 0, MaxSeconds));
}
