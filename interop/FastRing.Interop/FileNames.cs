namespace FastRing.Interop;

/// <summary>What open descriptors don't tell: files by their names.</summary>
public static class FileNames
{
    /// <summary>rename(2): what stands at the new name is gone, in one step. Not copied where that can't be done.</summary>
    /// <param name="before">What it is called; a symbolic link is renamed itself.</param>
    /// <param name="after">What it is to be called.</param>
    /// <returns>0, or the positive errno.</returns>
    public static unsafe int Rename(string before, string after)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* from = Libc.CString(before), to = Libc.CString(after))
        {
            return Libc.rename(from, to) == 0 ? 0 : Libc.LastErrno;
        }
    }

    /// <summary>True when a FIFO stands there, or a symbolic link leads to one.</summary>
    public static unsafe bool IsFifo(string path)
    {
        FileStatus status;

        // SAFETY: CString ends with a zero and is pinned for the call; FileStatus has the 256 bytes the kernel writes.
        fixed (byte* name = Libc.CString(path))
        {
            int result = Libc.statx(Libc.AT_FDCWD, name, 0, Libc.STATX_TYPE, &status);
            return result == 0 && (status.Mode & Libc.S_IFMT) == Libc.S_IFIFO;
        }
    }
}
