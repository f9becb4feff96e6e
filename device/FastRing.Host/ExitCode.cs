namespace FastRing.Host;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    /// <summary>It is done. Also when whoever read our output left before its end.</summary>
    public const int Ok = 0;

    /// <summary>The daemon refused, or something failed.</summary>
    public const int Failed = 1;

    /// <summary>Everything the user can mend by saying it differently.</summary>
    public const int Usage = 2;

    /// <summary>No daemon is there: its API socket is missing or refuses, or it ended in the middle.</summary>
    public const int NoDaemon = 3;

    /// <summary>There is no such guest or port.</summary>
    public const int NotFound = 4;

    /// <summary>The daemon, or the agent in the guest, did not answer in time.</summary>
    public const int TimedOut = 5;

    /// <summary><c>doctor</c> found something to change.</summary>
    public const int Findings = 6;

    /// <summary>A signal in the middle of something that ends by itself, or is ended that way.</summary>
    public const int Interrupted = 130;

    /// <summary>Each, for people.</summary>
    public static readonly (string Code, string Meaning)[] Meanings =
    [
        ("0", "done"),
        ("1", "refused, or failed"),
        ("2", "wrong usage"),
        ("3", "no daemon there"),
        ("4", "no such guest or port"),
        ("5", "timed out"),
        ("6", "doctor: there is something to change"),
        ("130", "interrupted"),
        ("agent exec", "the exit code of the program in the guest; 128 + N when signal N ended it"),
    ];

    /// <summary>For <c>--help</c>.</summary>
    public static string Help => $"Exit codes:\n{string.Concat(Meanings.Select(m => m.Code.Length <= 3 ? $"  {m.Code,-4} {m.Meaning}\n" : $"  {m.Code}: {m.Meaning}\n"))}".TrimEnd();
}
