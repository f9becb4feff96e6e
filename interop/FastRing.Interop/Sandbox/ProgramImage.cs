using System.Runtime.InteropServices;

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
        byte** argumentList = ListOf(arguments);
        byte** environmentList = ListOf([.. environment.Select(e => $"{e.Key}={e.Value}")]);

        // SAFETY: lists of strings that end with zeros, the lists with a null; they are not freed as long as the kernel reads them.
        fixed (byte* program = Libc.CString(path))
        {
            _ = Libc.execve(program, argumentList, environmentList);
        }

        int errno = Libc.LastErrno;
        Free(argumentList);
        Free(environmentList);
        throw new LinuxException("execve", errno);
    }

    private static unsafe byte** ListOf(IReadOnlyList<string> texts)
    {
        // SAFETY: one pointer more than there are texts; each of them is written.
        var list = (byte**)NativeMemory.Alloc((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        list[texts.Count] = null;
        return list;
    }

    private static unsafe void Free(byte** list)
    {
        // SAFETY: made by ListOf, which ends with a null.
        for (byte** text = list; *text is not null; text++)
        {
            Marshal.FreeCoTaskMem((nint)(*text));
        }

        NativeMemory.Free(list);
    }
}
