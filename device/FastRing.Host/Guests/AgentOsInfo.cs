namespace FastRing.Host.Guests;

/// <summary>What the guest runs (QEMU guest agent protocol: <c>GuestOSInfo</c>). The agent leaves out what it does not know.</summary>
/// <param name="Id">For example <c>debian</c>.</param>
/// <param name="PrettyName">For people.</param>
/// <param name="VersionId">The distribution's version.</param>
/// <param name="KernelRelease">As <c>uname -r</c>.</param>
/// <param name="Machine">As <c>uname -m</c>.</param>
internal sealed record AgentOsInfo(string? Id, string? PrettyName, string? VersionId, string? KernelRelease, string? Machine);
