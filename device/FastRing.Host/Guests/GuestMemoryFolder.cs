namespace FastRing.Host.Guests;

/// <summary>Where a guest's memory file is made.</summary>
internal static class GuestMemoryFolder
{
    private const string SharedMemory = "/dev/shm";

    /// <summary>/dev/shm if it has room for <paramref name="mebibytes"/> twice and is not mounted noexec, else the temporary folder.</summary>
    /// <remarks>Containers often limit /dev/shm to 64 MiB, and the kernel dies of SIGBUS where its memory file does not fit.</remarks>
    public static string For(int mebibytes)
    {
        try
        {
            bool fits = new DriveInfo(SharedMemory).AvailableFreeSpace >= 2L * mebibytes << 20;
            return fits && Directory.Exists(SharedMemory) && AllowsCode() ? SharedMemory : Path.GetTempPath();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Path.GetTempPath();
        }
    }

    private static bool AllowsCode() => !File.ReadLines("/proc/mounts")
        .Select(line => line.Split(' '))
        .Any(mount => mount[1] == SharedMemory && mount[3].Split(',').Contains("noexec"));
}
