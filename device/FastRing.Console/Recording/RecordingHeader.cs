namespace FastRing.Console.Recording;

/// <summary>The first line of a recording: of what port it is, and how that was when it began.</summary>
/// <param name="Format">Always <see cref="ThisFormat"/>.</param>
/// <param name="Version">1. A reader refuses a higher one, and ignores members it does not know.</param>
/// <param name="Device">What messages call the device.</param>
/// <param name="Port">The port's name.</param>
/// <param name="Id">Its number.</param>
/// <param name="IsConsole">It is a console.</param>
/// <param name="Started">When the recording began.</param>
/// <param name="WithPayload">The bytes are in it.</param>
/// <param name="IsGuestOpen">The guest's side was open.</param>
/// <param name="IsHostOpen">The host's side was open.</param>
public sealed record RecordingHeader(string Format, int Version, string Device, string Port, int Id, bool IsConsole, DateTimeOffset Started, bool WithPayload, bool IsGuestOpen, bool IsHostOpen)
{
    /// <summary>What tells a recording from other files.</summary>
    public const string ThisFormat = "fastring-recording";

    /// <summary>The version written.</summary>
    public const int ThisVersion = 1;
}
