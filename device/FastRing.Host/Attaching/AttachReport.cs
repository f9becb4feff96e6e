using FastRing.Host.Management.Contract;

namespace FastRing.Host.Attaching;

/// <summary>What <c>attach --json</c> prints at its end, on standard error: standard output is the guest's.</summary>
/// <param name="Port">The port as it was found.</param>
/// <param name="End">portEnded, or left.</param>
internal sealed record AttachReport(PortState Port, AttachEnd End);
