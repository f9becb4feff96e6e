using FastRing.Console.Endpoints;

namespace FastRing.Host.Serving;

/// <summary>
/// A host endpoint as a user writes it: KIND[:ADDRESS][,OPTION=VALUE...]; a comma that belongs to the address or a value is doubled. The same text on the command
/// line, in the configuration and in the management API. What kinds there are: <see cref="BackendKind.All"/>.
/// </summary>
internal sealed class Backend
{
    private readonly string _text;
    private readonly Func<IHostEndpoint> _open;

    private Backend(string text, BackendText parts, BackendKind kind, Func<IHostEndpoint> open)
    {
        _text = text;
        _open = open;
        Kind = parts.Kind;
        Address = parts.Address;
        IsForSerialPorts = kind.IsForSerialPorts;
        MadePath = kind.MakesPath && Address.Length > 0 && !Address.StartsWith("/dev/", StringComparison.Ordinal) ? Address : null; // Devices are there already.
    }

    /// <summary>What stands before the colon.</summary>
    public string Kind { get; }

    /// <summary>What stands behind it; empty where there is none.</summary>
    public string Address { get; }

    /// <summary>The path it makes, or the name of an abstract socket; null: none.</summary>
    public string? MadePath { get; }

    /// <summary>It can't be a console's: see <see cref="BackendKind.IsForSerialPorts"/>.</summary>
    public bool IsForSerialPorts { get; }

    /// <summary>Checks the text, all of it, without opening anything.</summary>
    /// <exception cref="UsageException">There is no such backend; the message says what is wrong and what is expected.</exception>
    public static Backend Parse(string text)
    {
        BackendText parts = BackendText.Split(text);
        BackendKind kind = BackendKind.All.FirstOrDefault(k => k.Name == parts.Kind)
            ?? throw parts.Wrong($"expected {string.Join(", ", BackendKind.All.Select(k => k.Usage))}", "unknown backend");
        if (parts.Address.Length == 0 && kind.Address is { } address && !kind.IsAddressOptional)
        {
            throw parts.Wrong($"expected {kind.Name}:{address}", "incomplete backend");
        }

        if (parts.HasColon && kind.Address is null)
        {
            throw parts.Wrong($"nothing stands behind {kind.Name}");
        }

        if (parts.OptionNames.FirstOrDefault(o => !kind.Options.Contains(o)) is { } unknown)
        {
            throw parts.Wrong(kind.Options.Length == 0 ? $"{kind.Name} has no options, such as '{unknown}'" : $"{kind.Name} has no option '{unknown}': expected {string.Join(", ", kind.Options)}");
        }

        return new Backend(text, parts, kind, kind.Check(parts));
    }

    /// <summary>Makes the endpoint.</summary>
    /// <exception cref="IOException">Its socket or file can't be had.</exception>
    /// <exception cref="ArgumentException">It is not what it must be.</exception>
    public IHostEndpoint Open() => _open();

    /// <inheritdoc/>
    public override string ToString() => _text;
}
