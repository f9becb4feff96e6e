namespace FastRing.Interop;

/// <summary>Turns a path, or '@' and an abstract name, into <c>struct sockaddr_un</c>.</summary>
internal static class UnixSocketAddress
{
    private const int MaxNameBytes = UnixAddress.PathBytes - 1;

    /// <summary>True for a name in the abstract namespace, which has no file.</summary>
    public static bool IsAbstract(string path) => path.StartsWith('@');

    /// <summary>Builds the address; <paramref name="length"/> is what bind and connect want to be told.</summary>
    public static unsafe UnixAddress From(string path, out uint length)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ReadOnlySpan<byte> text = Libc.CString(path);
        UnixAddress address = new() { Family = Libc.AF_UNIX };
        Span<byte> target = new(address.Path, UnixAddress.PathBytes);

        // An abstract name starts with a zero byte and ends where the length says; a path ends with its zero byte.
        ReadOnlySpan<byte> name = IsAbstract(path) ? text[..^1] : text;
        if (name.Length > target.Length || name.Length < 2)
        {
            throw new ArgumentException($"A socket's name has 1 to {MaxNameBytes} bytes: '{path}'.", nameof(path));
        }

        // SAFETY: the span covers the fixed array of a local; the copy is bounded by the check above.
        name.CopyTo(target);
        if (IsAbstract(path))
        {
            target[0] = 0;
        }

        length = (uint)(UnixAddress.PathOffset + name.Length);
        return address;
    }
}
