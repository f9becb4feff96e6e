namespace FastRing.Console;

/// <summary>
/// What a port may be called: 1 to 100 printable ASCII characters without '/'. Linux makes a link /dev/virtio-ports/NAME of it,
/// Windows a symbolic link of at most 256 bytes, and both cut it at a NUL. The usual form is a reversed domain name: org.example.channel.0.
/// </summary>
public static class PortName
{
    /// <summary>Most characters of a name.</summary>
    public const int MaxLength = 100;

    /// <summary>Why <paramref name="name"/> can't be a port's name, or null when it can.</summary>
    public static string? WhyInvalid(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return $"a port name has 1 to {MaxLength} characters, this one has {name.Length}";
        }

        if (name is "." or "..")
        {
            return "a port name becomes a file name in the guest, '.' and '..' can't be one";
        }

        foreach (char c in name)
        {
            if (c is <= ' ' or > '~' or '/')
            {
                return $"a port name has printable ASCII characters without space and '/', not '{(char.IsControl(c) ? '?' : c)}' (U+{(int)c:X4})";
            }
        }

        return null;
    }
}
