using System.Globalization;
using System.Text;

namespace FastRing.Host.Serving;

/// <summary>The parts of a backend's text, and its options' values, each checked as it is read.</summary>
internal sealed class BackendText
{
    private readonly string _text;
    private readonly Dictionary<string, string> _options = [];

    private BackendText(string text, string head)
    {
        int colon = head.IndexOf(':', StringComparison.Ordinal);
        _text = text;
        HasColon = colon >= 0;
        Kind = HasColon ? head[..colon] : head;
        Address = HasColon ? head[(colon + 1)..] : "";
    }

    public string Kind { get; }

    public string Address { get; }

    public bool HasColon { get; }

    /// <summary>The options that are there, in no order.</summary>
    public IEnumerable<string> OptionNames => _options.Keys;

    /// <exception cref="UsageException">An option is there twice, or none.</exception>
    public static BackendText Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new UsageException($"backend '{text}': a zero character is in no name or path");
        }

        List<string> pieces = Pieces(text);
        var parts = new BackendText(text, pieces[0]);
        foreach (string piece in pieces.Skip(1))
        {
            int equals = piece.IndexOf('=', StringComparison.Ordinal);
            (string name, string value) = equals < 0 ? (piece, "on") : (piece[..equals], piece[(equals + 1)..]);
            if (name.Length == 0 || value.Length == 0)
            {
                throw parts.Wrong("behind a comma stands OPTION=VALUE; a comma of the address or a value is doubled");
            }

            if (!parts._options.TryAdd(name, value))
            {
                parts._options[name] = IsList(name) ? $"{parts._options[name]}+{value}" : throw parts.Wrong($"{name} is there twice");
            }
        }

        return parts;
    }

    public bool Has(string option) => _options.ContainsKey(option);

    /// <summary>The value as it stands; null: the option is not there.</summary>
    public string? Text(string option) => _options.GetValueOrDefault(option);

    /// <summary>on or off; off when it is not there.</summary>
    public bool Switch(string option) => Text(option) switch
    {
        null or "off" => false,
        "on" => true,
        { } other => throw Wrong($"{option}={other}: expected on or off"),
    };

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>; null: the option is not there.</summary>
    public int? Number(string option, int least, int most) => Text(option) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number
        : throw Wrong($"{option}={text}: expected a number from {least} to {most}");

    /// <summary>Bytes, of which K, M, G and T are powers of 1024; null: the option is not there.</summary>
    public long? Size(string option, long least) => Text(option) is { } text ? Size(text, option + "=", least) : null;

    /// <summary>As <see cref="Size(string, long)"/>, for one that is no option, such as an address.</summary>
    public long Size(string text, string what, long least)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        bool isNumber = long.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out long number);
        return isNumber && number <= long.MaxValue >> shift && number << shift >= least
            ? number << shift
            : throw Wrong($"{what}{text}: expected a size of {least} bytes or more, for example 64K, 10M or 1G");
    }

    /// <summary>The numbers of users or groups; empty when the option is not there.</summary>
    public IReadOnlyList<uint> Ids(string option) => Text(option) is not { } text ? [] :
        [.. text.Split('+').Select(id => uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number != uint.MaxValue
            ? number
            : throw Wrong($"{option}={text}: expected numbers of users or groups, for example {option}=1000+1001"))];

    /// <summary>A file mode; null: the option is not there.</summary>
    public int? Mode(string option)
    {
        if (Text(option) is not { } text)
        {
            return null;
        }

        bool isOctal = text.Length is 3 or 4 && text.All(c => c is >= '0' and <= '7');
        int mode = isOctal ? Convert.ToInt32(text, 8) : -1;
        return mode is >= 0 and <= 0x1FF ? mode : throw Wrong($"{option}={text}: expected permissions in octal, for example 0660");
    }

    /// <summary>An error that names the backend.</summary>
    public UsageException Wrong(string why, string what = "backend") => new($"{what} '{_text}': {why}");

    /// <summary>Those that may be there more than once.</summary>
    private static bool IsList(string option) => option is "allow-uid" or "allow-gid";

    /// <summary>Splits at single commas; a doubled one is a comma.</summary>
    private static List<string> Pieces(string text)
    {
        List<string> pieces = [];
        var piece = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool isComma = text[i] == ',';
            bool isDoubled = isComma && i + 1 < text.Length && text[i + 1] == ',';
            if (isComma && !isDoubled)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
            }
            else
            {
                piece.Append(text[i]);
                i += isDoubled ? 1 : 0;
            }
        }

        pieces.Add(piece.ToString());
        return pieces;
    }
}
