namespace FastRing.Interop;

/// <summary>The permissions of files that this process makes.</summary>
public static class FileModes
{
    /// <summary>From now on a file has the mode that it is made with: nothing is taken away from it (umask(2)), so that none has to be given back. All threads.</summary>
    public static void TakeAsTheyAreSaid() => _ = Libc.umask(0);
}
