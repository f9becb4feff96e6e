using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// Blittable signatures only, and no library is ever taken from the program's folder.
[assembly: DisableRuntimeMarshalling]
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace FastRing.Interop;

/// <summary>The C library's functions under their own names, one file per family of manual pages.</summary>
internal static unsafe partial class Libc
{
    // glibc's own name. It is loaded already, so no file is searched for; "libc" costs some forty failed opens on NativeAOT.
    private const string Library = "libc.so.6";

    /// <summary>errno of this thread's last call that was declared with SetLastError.</summary>
    internal static int LastErrno => Marshal.GetLastPInvokeError();

    /// <summary>True when a call failed only because a signal arrived, so that it must be made again.</summary>
    internal static bool Interrupted(nint result) => result < 0 && LastErrno == Errno.EINTR;

    /// <summary>A byte count as it is, a failure as -errno.</summary>
    internal static nint BytesOrErrno(nint result) => result >= 0 ? result : -LastErrno;

    internal static int Check(int result, string call) => result >= 0 ? result : throw new LinuxException(call, LastErrno);

    /// <summary>Zero-terminated UTF-8; a zero inside would silently name something else.</summary>
    internal static byte[] CString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0'))
        {
            throw new ArgumentException("A name must not contain a zero character.", nameof(text));
        }

        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(text) + 1];
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
