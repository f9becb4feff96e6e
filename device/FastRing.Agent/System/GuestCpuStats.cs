namespace FastRing.Agent;

/// <summary>What a processor of the guest spent its time with since it booted, in milliseconds (<c>GuestCpuStats</c>, <c>GuestLinuxCpuStats</c>).</summary>
/// <param name="Type">The kind of guest: <c>linux</c>.</param>
/// <param name="Cpu">The processor's number.</param>
/// <param name="User">In programs.</param>
/// <param name="Nice">In programs of low priority.</param>
/// <param name="System">In the kernel.</param>
/// <param name="Idle">Idle.</param>
/// <param name="Iowait">Waiting for input and output.</param>
/// <param name="Irq">In interrupts.</param>
/// <param name="Softirq">In soft interrupts.</param>
/// <param name="Steal">Taken by the host.</param>
/// <param name="Guest">Running guests of its own.</param>
/// <param name="Guestnice">The same, at low priority.</param>
public sealed record GuestCpuStats(
    string Type, int Cpu, ulong User, ulong Nice, ulong System, ulong Idle, ulong? Iowait = null, ulong? Irq = null,
    ulong? Softirq = null, ulong? Steal = null, ulong? Guest = null, ulong? Guestnice = null);
