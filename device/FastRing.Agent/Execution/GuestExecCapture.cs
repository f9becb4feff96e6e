namespace FastRing.Agent;

/// <summary>Which output of a program the agent keeps (<c>GuestExecCaptureOutput</c>).</summary>
public enum GuestExecCapture
{
    /// <summary>Standard output and standard error, apart.</summary>
    Separated,

    /// <summary>None.</summary>
    None,

    /// <summary>Standard output (since QEMU 8.0).</summary>
    Stdout,

    /// <summary>Standard error (since QEMU 8.0).</summary>
    Stderr,

    /// <summary>Both as one (since QEMU 8.0; not on Windows).</summary>
    Merged,
}
