using FastRing.Interop;

namespace FastRing.Console.Endpoints;

/// <summary>The program at the other end of a unix socket, as the kernel knew it when it connected, or began to listen.</summary>
/// <param name="Credentials">Process, user and group.</param>
/// <param name="Groups">Supplementary groups.</param>
public sealed record LocalPeer(PeerCredentials Credentials, IReadOnlyList<uint> Groups)
{
    private const int LongestName = 15; // TASK_COMM_LEN less its zero

    /// <summary>Who is at the other end.</summary>
    /// <param name="socket">A connected unix socket.</param>
    /// <exception cref="LinuxException">It is no such socket.</exception>
    public static LocalPeer Of(OwnedFd socket) => new(UnixSocket.Peer(socket), PeerGroups.Of(socket));

    /// <summary>For an audit: <c>pid 123 (socat) uid 1000 gid 1000</c>. The program's name is what it calls itself, and missing where it can't be read.</summary>
    public override string ToString()
    {
        string name = NameOf(Credentials.ProcessId);
        return $"pid {Credentials.ProcessId}{(name.Length > 0 ? $" ({name})" : "")} uid {Credentials.UserId} gid {Credentials.GroupId}";
    }

    /// <summary>A program chooses its name freely: nothing of it may look like the rest of the line, or end it.</summary>
    private static string NameOf(int process)
    {
        try
        {
            string name = process > 0 ? File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n') : "";
            return string.Concat(name.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || "-_.:/+".Contains(c, StringComparison.Ordinal) ? c : '?'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It has gone already, or /proc is not for us.
        }
    }
}
