namespace FastRing.Host.Guests;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit status: 0..255, 128 + n when signal n ended it.</param>
/// <param name="Output">What it wrote, standard output and standard error together, byte for byte as UTF-8 text.</param>
internal readonly record struct CommandResult(int ExitCode, string Output);
