using System.Runtime.InteropServices;

namespace FastRing.Fuzz.Sessions;

/// <summary>The descriptors this process has open.</summary>
internal static class OpenFds
{
    private const short NotOpen = 0x20; // POLLNVAL

    private static readonly Looked[] s_looked = [.. Enumerable.Range(0, 256).Select(number => new Looked { Number = number })];

    /// <summary>How many there are, of the first numbers, which are those that are given out: one system call (poll(2)).</summary>
    public static int Count() =>
        Poll(s_looked, (nuint)s_looked.Length, timeout: 0) >= 0
            ? s_looked.Count(looked => (looked.Result & NotOpen) == 0)
            : throw new InvalidOperationException($"poll: {Marshal.GetLastSystemError()}");

    [DllImport("libc", EntryPoint = "poll")]
    private static extern int Poll([In, Out] Looked[] looked, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct Looked
    {
        public int Number;
        public short Events;
        public short Result;
    }
}
