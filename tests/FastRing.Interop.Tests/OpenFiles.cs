namespace FastRing.Interop.Tests;

/// <summary>This process's descriptors, counted by what they refer to, so that the test runner's own do not disturb.</summary>
internal static class OpenFiles
{
    public static int CountOf(string memFdName) =>
        Directory.GetFiles("/proc/self/fd").Count(path => IsMemFd(new FileInfo(path).LinkTarget, memFdName));

    public static bool IsCloseOnExec(OwnedFd fd)
    {
        string line = File.ReadLines($"/proc/self/fdinfo/{fd.Fd}").Single(text => text.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(line[6..].Trim(), 8) & 0x80000) != 0;
    }

    private static bool IsMemFd(string? target, string name) =>
        target is not null && target.StartsWith($"/memfd:{name} ", StringComparison.Ordinal);
}
