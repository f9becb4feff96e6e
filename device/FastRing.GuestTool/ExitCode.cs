namespace FastRing.GuestTool;

/// <summary>What the program ends with; <c>fastring-guest --help</c> says the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int TimedOut = 3;
    public const int NotPermitted = 4;
    public const int Busy = 5;
    public const int Removed = 6;
    public const int HostLeft = 7;

    /// <summary>As a shell's, after SIGINT or SIGTERM.</summary>
    public const int Interrupted = 130;

    /// <summary>Each, for people.</summary>
    public static readonly (string Code, string Meaning)[] Meanings =
    [
        ("0", "done"),
        ("1", "failed"),
        ("2", "wrong command line"),
        ("3", "the port or its host's program did not come in time"),
        ("4", "not permitted to open the port"),
        ("5", "another program has it open"),
        ("6", "it was removed"),
        ("7", "the host's program left before everything was sent"),
        ("130", "interrupted"),
        ("run:", "PROGRAM's own code, when PROGRAM fails"),
    ];

    public static string Help => $"Exit codes: {string.Join("; ", Meanings.Select(m => $"{m.Code} {m.Meaning}"))}.";
}
