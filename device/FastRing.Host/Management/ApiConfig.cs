using System.Globalization;
using FastRing.Host.Serving;

namespace FastRing.Host.Management;

/// <summary>The management API as the configuration file, or the options of <c>serve</c>, describe it.</summary>
internal sealed record ApiConfig
{
    /// <summary>Permissions of the socket when nobody says: its owner's alone.</summary>
    public const string DefaultMode = "0600";

    /// <summary>The socket; null: where <see cref="ApiPath"/> says.</summary>
    public string? SocketPath { get; set; }

    /// <summary>The socket's permissions, in octal digits.</summary>
    public string Mode { get; set; } = DefaultMode;

    /// <summary>Who may change things, besides root and the daemon's own user.</summary>
    public ApiUsers Admins { get; set; } = new();

    /// <summary>Who may look.</summary>
    public ApiUsers Readers { get; set; } = new();

    /// <summary>The permissions as a number.</summary>
    public int ModeBits => TryParseMode(Mode, out int mode) ? mode : 0;

    /// <summary>What is wrong with it, by member.</summary>
    public IEnumerable<ConfigProblem> Problems()
    {
        if (!TryParseMode(Mode, out _))
        {
            yield return new ConfigProblem("mode", $"the API socket's mode is three or four octal digits such as 0660, not '{Mode}'");
        }

        if (SocketPath is { } path && WhyInvalid(path) is { } why)
        {
            yield return new ConfigProblem("socketPath", why);
        }
    }

    private static string? WhyInvalid(string path)
    {
        if (path.StartsWith('@'))
        {
            return $"{path} is an abstract socket, which has no permissions; give a path";
        }

        return Serving.SocketPath.WhyInvalid(path) is { } why ? $"the API's socket: {why}" : null;
    }

    private static bool TryParseMode(string text, out int mode)
    {
        mode = 0;
        if (text.Length is not (3 or 4) || text.AsSpan().ContainsAnyExceptInRange('0', '7') || (text.Length == 4 && text[0] != '0'))
        {
            return false;
        }

        foreach (char digit in text)
        {
            mode = (mode * 8) + CharUnicodeInfo.GetDecimalDigitValue(digit);
        }

        return true;
    }
}
