using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>A system call failed. Thrown by set-up and control calls only; the data path returns -errno.</summary>
public sealed class LinuxException : IOException
{
    /// <summary>Describes the failure as "mmap: Cannot allocate memory (errno 12)".</summary>
    /// <param name="call">The C library function that failed.</param>
    /// <param name="errno">The positive error number, one of <see cref="Interop.Errno"/>.</param>
    public LinuxException(string call, int errno)
        : base($"{call}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The C library function that failed.</summary>
    public string Call { get; }

    /// <summary>The positive error number.</summary>
    public int Errno { get; }
}
