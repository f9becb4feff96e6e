namespace FastRing.Agent;

/// <summary>A program that was started (<c>GuestExec</c>).</summary>
/// <param name="Pid">Its process in the guest.</param>
public sealed record GuestExec(long Pid);
