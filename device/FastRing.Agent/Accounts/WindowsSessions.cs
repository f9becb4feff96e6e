namespace FastRing.Agent;

/// <summary>
/// Reads what Windows' <c>quser NAME</c> prints: a line for each session, with the user's name (after a &gt; if it is one's own), the session's name unless it is
/// disconnected, and its number. The words of the heading are of the guest's language.
/// </summary>
internal static class WindowsSessions
{
    // The name of a session, which may be missing, stands before the number.
    private const int LastColumnOfNumber = 2;

    /// <summary>The numbers of a user's sessions.</summary>
    /// <exception cref="AgentException">There is none.</exception>
    public static IReadOnlyList<string> Of(string userName, string listing)
    {
        string[] numbers =
        [
            .. listing.Split('\n')
                .Select(line => line.TrimStart('>', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                .Where(words => words.Length > 1 && words[0].Equals(userName, StringComparison.OrdinalIgnoreCase))
                .Select(words => words.Skip(1).Take(LastColumnOfNumber).FirstOrDefault(word => word.All(char.IsAsciiDigit)))
                .OfType<string>(),
        ];
        return numbers.Length > 0 ? numbers : throw new AgentException($"the guest did not log {userName} off: quser.exe lists no session of that name") { Command = "guest-exec" };
    }
}
