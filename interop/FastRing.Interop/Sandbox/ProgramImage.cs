namespace FastRing.Interop.Sandbox;

/// <summary>The program this process runs.</summary>
public static class ProgramImage
{
    /// <summary>Starts a program in the place of this one: execve(2). The process and what it has given up stay; descriptors stay unless they close on exec.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments; the first is its name.</param>
    /// <param name="environment">Its environment.</param>
    /// <exception cref="LinuxException">It can't be run; this one goes on.</exception>
    public static unsafe void Replace(string path, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        byte** argumentList = StringList.Of(arguments);
        byte** environmentList = StringList.Of([.. environment.Select(e => $"{e.Key}={e.Value}")]);

        // SAFETY: lists of strings that end with zeros, the lists with a null; they are not freed as long as the kernel reads them.
        fixed (byte* program = Libc.CString(path))
        {
            _ = Libc.execve(program, argumentList, environmentList);
        }

        int errno = Libc.LastErrno;
        StringList.Free(argumentList);
        StringList.Free(environmentList);
        throw new LinuxException("execve", errno);
    }
}
