namespace FastRing.Interop.Sandbox;

/// <summary>What becomes of a system call: SECCOMP_RET_* of seccomp(2).</summary>
public readonly record struct SeccompAction
{
    private SeccompAction(uint value) => Value = value;

    /// <summary>It is made.</summary>
    public static SeccompAction Allow { get; } = new(0x7FFF_0000);

    /// <summary>It is made, and the kernel's log gets a line (type=1326).</summary>
    public static SeccompAction Log { get; } = new(0x7FFC_0000);

    /// <summary>The process ends by SIGSYS, and the kernel's log gets a line.</summary>
    public static SeccompAction KillProcess { get; } = new(0x8000_0000);

    internal uint Value { get; }

    /// <summary>It is not made, and fails with this error number.</summary>
    public static SeccompAction Fail(int errno) => new(0x0005_0000u | (ushort)errno);
}
