using FastRing.Interop;

namespace FastRing.Host.Serving;

/// <summary>The path of a unix socket, or '@' and an abstract name, as a user wrote it.</summary>
internal static class SocketPath
{
    /// <summary>What is wrong with it; null: nothing. Whether it can be had is another matter.</summary>
    public static string? WhyInvalid(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return $"{path}: a zero character is in no path";
        }

        try
        {
            UnixSocket.ThrowIfInvalid(path);
            return null;
        }
        catch (ArgumentException e)
        {
            return UsageException.Plain(e);
        }
    }
}
