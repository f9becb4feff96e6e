using System.Runtime.InteropServices;

namespace FastRing.Interop;

/// <summary>Arguments and environments as the C library takes them.</summary>
internal static class StringList
{
    public static unsafe byte** Of(IReadOnlyList<string> texts)
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

    public static unsafe void Free(byte** list)
    {
        // SAFETY: made by Of, which ends with a null.
        for (byte** text = list; *text is not null; text++)
        {
            Marshal.FreeCoTaskMem((nint)(*text));
        }

        NativeMemory.Free(list);
    }
}
