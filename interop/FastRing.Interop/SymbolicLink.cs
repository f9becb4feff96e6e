namespace FastRing.Interop;

/// <summary>A symbolic link that stands for something of this process, and goes with it.</summary>
public sealed class SymbolicLink : IDisposable
{
    private readonly string _path;
    private readonly string _target;

    /// <summary>Makes the link. One that is stale is replaced, in one step; anything else that stands there is left alone.</summary>
    /// <param name="path">Where.</param>
    /// <param name="target">What it leads to.</param>
    /// <param name="isStale">Tells, by what it leads to, whether a link that stands there was left behind and may be replaced.</param>
    /// <exception cref="LinuxException">EEXIST when something stands there that is no stale link; ENOENT, EACCES and others.</exception>
    public SymbolicLink(string path, string target, Func<string, bool> isStale)
    {
        ArgumentNullException.ThrowIfNull(isStale);
        _path = path;
        _target = target;
        int errno = TryMake(target, path);
        if (errno == Errno.EEXIST && TargetOf(path) is { } before && isStale(before))
        {
            Replace(before);
        }
        else if (errno != 0)
        {
            throw new LinuxException("symlink", errno);
        }
    }

    /// <summary>Where a link leads; null: there is none.</summary>
    /// <param name="path">The link.</param>
    public static string? TargetOf(string path) => new FileInfo(path).LinkTarget;

    /// <summary>Removes the link, unless another has taken its place. Never throws.</summary>
    public void Dispose()
    {
        try
        {
            if (TargetOf(_path) == _target)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays, and the next one replaces it.
        }
    }

    /// <summary>Changes places with the stale link and looks at what came out: another may have put a file there since it was looked at.</summary>
    private void Replace(string before)
    {
        string aside = $"{_path}.{Environment.ProcessId}";
        int errno = TryMake(_target, aside);
        errno = errno != 0 ? errno : TryExchange(aside, _path);
        if (errno == 0 && TargetOf(aside) != before)
        {
            _ = TryExchange(aside, _path);
            errno = Errno.EEXIST;
        }

        if (TargetOf(aside) is { } target && (target == _target || target == before))
        {
            File.Delete(aside);
        }

        if (errno != 0)
        {
            throw new LinuxException("rename", errno);
        }
    }

    private static unsafe int TryMake(string target, string path)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* to = Libc.CString(target), name = Libc.CString(path))
        {
            return Libc.symlink(to, name) == 0 ? 0 : Libc.LastErrno;
        }
    }

    private static unsafe int TryExchange(string first, string second)
    {
        // SAFETY: CString ends with a zero and is pinned for the call.
        fixed (byte* one = Libc.CString(first), other = Libc.CString(second))
        {
            return Libc.renameat2(Libc.AT_FDCWD, one, Libc.AT_FDCWD, other, Libc.RENAME_EXCHANGE) == 0 ? 0 : Libc.LastErrno;
        }
    }
}
