namespace FastRing.Host;

/// <summary>Something the user said can't be done. The message is one line, or one a mistake, and says what and where.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>The member of the configuration that says it, as a path from what was checked: <c>limits.toHost.bytesPerSecond</c>; empty: all of it.</summary>
    public string Member { get; init; } = "";

    /// <summary>The same, seen from the member that holds what was checked.</summary>
    public UsageException Within(string parent) => new(Message) { Member = Member.Length == 0 ? parent : $"{parent}.{Member}" };

    /// <summary>A message without what .NET adds for programmers.</summary>
    public static string Plain(Exception e) => e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;
}
