using System.Runtime.InteropServices;

namespace FastRing.Console.Tests.Support;

/// <summary>Keeps the whole process from opening anything until disposed.</summary>
internal sealed class OpenFileLimit : IDisposable
{
    private const int NoFile = 7; // RLIMIT_NOFILE
    private readonly Limit _before;

    public OpenFileLimit()
    {
        Assert.Equal(0, GetLimit(NoFile, out _before));
        Set(new Limit { Soft = 3, Hard = _before.Hard });
    }

    public void Dispose() => Set(_before);

    private static void Set(Limit limit) => Assert.Equal(0, SetLimit(NoFile, limit));

    [DllImport("libc", EntryPoint = "getrlimit")]
    private static extern int GetLimit(int resource, out Limit limit);

    [DllImport("libc", EntryPoint = "setrlimit")]
    private static extern int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
