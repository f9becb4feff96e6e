using System.Globalization;

namespace FastRing.Interop.Sandbox;

/// <summary>A user of this machine that the process can become.</summary>
public sealed record UserIdentity
{
    private const int EntryBytes = 16 << 10; // Of getpwnam(3): name, home and shell.

    private UserIdentity(string name, uint user, uint group, bool isNamed)
    {
        Name = name;
        User = user;
        Group = group;
        IsNamed = isNamed;
    }

    /// <summary>As it was asked for.</summary>
    public string Name { get; }

    /// <summary>The user's number; 0 is root.</summary>
    public uint User { get; }

    /// <summary>The number of its group.</summary>
    public uint Group { get; }

    /// <summary>Whether the user's further groups are known.</summary>
    private bool IsNamed { get; }

    /// <summary>Finds a user.</summary>
    /// <param name="text">A name, or the numbers of user and group: <c>1000:1000</c>.</param>
    /// <returns>Null: there is none of that name, or these are no numbers.</returns>
    /// <exception cref="LinuxException">The machine's users can't be looked up.</exception>
    public static UserIdentity? Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        return parts.Length == 2 && IsNumber(parts[0], out uint user) && IsNumber(parts[1], out uint group) ? new UserIdentity(text, user, group, isNamed: false)
            : parts.Length == 1 ? FindName(text)
            : null;

        static bool IsNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
    }

    /// <summary>Becomes that user, with all threads and for good, its groups and no others.</summary>
    /// <exception cref="LinuxException">EPERM: it takes root.</exception>
    public unsafe void Become()
    {
        // SAFETY: CString ends with a zero and is pinned for the call; a count of 0 reads no groups.
        fixed (byte* name = Libc.CString(Name))
        {
            Libc.Check(IsNamed ? Libc.initgroups(name, Group) : Libc.setgroups(0, null), "setgroups");
        }

        Libc.Check(Libc.setresgid(Group, Group, Group), "setresgid");
        Libc.Check(Libc.setresuid(User, User, User), "setresuid");
    }

    /// <summary>Gives a unix socket's file to that user and its group. Anything else at the path stays whose it is.</summary>
    /// <exception cref="LinuxException">EPERM: it takes root.</exception>
    public unsafe void TakeSocketFile(string path)
    {
        int opened = OwnedFd.TryOpen(path, Libc.O_PATH | Libc.O_NOFOLLOW);
        if (opened < 0)
        {
            return;
        }

        // What was looked at is what is given away, whoever exchanges the file meanwhile.
        using var file = new OwnedFd(opened);
        if (file.IsSocket())
        {
            byte empty = 0;

            // SAFETY: a pointer to a local, which is an empty string.
            Libc.Check(Libc.fchownat(file.Fd, &empty, User, Group, Libc.AT_EMPTY_PATH), "fchownat");
        }
    }

    private static unsafe UserIdentity? FindName(string name)
    {
        byte[] strings = new byte[EntryBytes];
        Libc.Passwd entry;
        Libc.Passwd* found;

        // SAFETY: both are pinned for the call; the buffer's size is passed along, and only the numbers of the entry are used.
        fixed (byte* text = Libc.CString(name), buffer = strings)
        {
            int errno = Libc.getpwnam_r(text, &entry, buffer, EntryBytes, &found);
            return found is not null ? new UserIdentity(name, entry.User, entry.Group, isNamed: true)
                : errno is 0 or Errno.ENOENT ? null
                : throw new LinuxException("getpwnam_r", errno);
        }
    }
}
