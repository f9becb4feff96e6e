using System.Globalization;
using System.Runtime.InteropServices;

namespace FastRing.Interop.Tests;

/// <summary>What only the tests need from the C library.</summary>
internal static class Native
{
    public const int SigUsr1 = 10;
    public const uint MfdHugeTlb = 4;
    private const int RlimitNoFile = 7;

    /// <summary>Runs an action while only <paramref name="free"/> more descriptors can be opened.</summary>
    public static void WithFreeDescriptors(int free, Action action)
    {
        Check(getrlimit(RlimitNoFile, out Limit old));
        GC.Collect();
        GC.WaitForPendingFinalizers(); // What nobody holds any more would be closed meanwhile.
        string[] open = Directory.GetFiles("/proc/self/fd"); // with the folder's own, which is closed again
        IEnumerable<string> stillOpen = open.Where(path => new FileInfo(path).LinkTarget is not null);
        HashSet<int> used = [.. stillOpen.Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        ulong limit = 0;
        for (int found = 0; found < free || used.Contains((int)limit); limit++)
        {
            found += used.Contains((int)limit) ? 0 : 1;
        }

        Limit low = new() { Current = limit, Maximum = old.Maximum };
        Check(setrlimit(RlimitNoFile, in low));
        try
        {
            action();
        }
        finally
        {
            Check(setrlimit(RlimitNoFile, in old));
        }
    }

    [DllImport("libc.so.6")]
    public static extern int gettid();

    [DllImport("libc.so.6")]
    public static extern nint memcpy(nint to, nint from, nuint bytes);

    [DllImport("libc.so.6")]
    public static extern nint memset(nint to, int value, nuint bytes);

    [DllImport("libc.so.6")]
    public static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc.so.6")]
    public static extern int kill(int process, int signal);

    [DllImport("libc.so.6")]
    public static extern int tgkill(int process, int thread, int signal);

    [DllImport("libc.so.6")]
    public static extern int siginterrupt(int signal, int interrupt);

    [DllImport("libc.so.6")]
    public static extern uint umask(uint mask);

    [DllImport("libc.so.6")]
    public static extern uint geteuid();

    [DllImport("libc.so.6")]
    public static extern uint getegid();

    [DllImport("libc.so.6")]
    public static extern int memfd_create(byte[] name, uint flags);

    [DllImport("libc.so.6")]
    public static extern int ftruncate(int fd, long length);

    [DllImport("libc.so.6")]
    private static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc.so.6")]
    private static extern int setrlimit(int resource, in Limit limit);

    private static void Check(int result) => Assert.Equal(0, result);

    private struct Limit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
