namespace FastRing.Host;

/// <summary>Something the user said can't be done. The message is one line and says what and where.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>A message without what .NET adds for programmers.</summary>
    public static string Plain(Exception e) => e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;
}
