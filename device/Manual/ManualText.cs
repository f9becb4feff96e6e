namespace FastRing.Manual;

/// <summary>What a program's manual page says that its command line does not know. Each pair is a term and what it means.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Description">What it does, a paragraph each.</param>
internal sealed record ManualText(string Program, string Summary, string[] Description)
{
    /// <summary>Codes it ends with.</summary>
    public required (string Code, string Meaning)[] ExitCodes { get; init; }

    /// <summary>Variables it reads.</summary>
    public (string Name, string Meaning)[] Environment { get; init; } = [];

    /// <summary>Files it uses without being told.</summary>
    public (string Path, string Meaning)[] Files { get; init; } = [];

    /// <summary>Command lines that are worth having seen, and what each does.</summary>
    public required (string Command, string Meaning)[] Examples { get; init; }

    /// <summary>Other pages: name(section).</summary>
    public string[] SeeAlso { get; init; } = [];
}
