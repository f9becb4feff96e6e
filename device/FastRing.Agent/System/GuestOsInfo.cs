namespace FastRing.Agent;

/// <summary>What the guest runs (<c>GuestOSInfo</c>). The agent leaves out what it does not know.</summary>
/// <param name="Id">For example <c>debian</c>; <c>mswindows</c> on Windows.</param>
/// <param name="Name">As os-release's NAME.</param>
/// <param name="PrettyName">For people.</param>
/// <param name="Version">For people.</param>
/// <param name="VersionId">The distribution's version.</param>
/// <param name="Variant">As os-release's VARIANT; <c>server</c> or <c>client</c> on Windows.</param>
/// <param name="VariantId">The same for programs.</param>
/// <param name="KernelRelease">As <c>uname -r</c>.</param>
/// <param name="KernelVersion">As <c>uname -v</c>.</param>
/// <param name="Machine">As <c>uname -m</c>.</param>
public sealed record GuestOsInfo(
    string? Id = null, string? Name = null, string? PrettyName = null, string? Version = null, string? VersionId = null,
    string? Variant = null, string? VariantId = null, string? KernelRelease = null, string? KernelVersion = null,
    string? Machine = null)
{
    /// <summary>Whether it is a Windows.</summary>
    public bool IsWindows => Id == "mswindows";
}
