namespace FastRing.Host.Attaching;

/// <summary>The key that leaves an attached port.</summary>
/// <param name="Byte">What the terminal sends for it.</param>
internal readonly record struct EscapeKey(byte Byte)
{
    private const byte ControlBits = 0x1F;

    /// <summary>^]</summary>
    public const string Default = "^]";

    /// <summary>Of its text: ^ and a character for a control key, or one character.</summary>
    /// <returns>Null for "none": there is no such key.</returns>
    /// <exception cref="UsageException">It is neither.</exception>
    public static EscapeKey? Parse(string text) => text switch
    {
        "none" => null,
        ['^', >= '@' and <= '_' and var key] => new EscapeKey((byte)(key & ControlBits)),
        ['^', >= 'a' and <= 'z' and var key] => new EscapeKey((byte)(key & ControlBits)),
        [> ' ' and < '\x7F' and var key] => new EscapeKey((byte)key),
        _ => throw new UsageException($"--escape '{text}': expected ^X for a control key, one character, or none"),
    };

    /// <inheritdoc/>
    public override string ToString() => Byte <= ControlBits ? $"^{(char)(Byte | 0x40)}" : $"{(char)Byte}";
}
