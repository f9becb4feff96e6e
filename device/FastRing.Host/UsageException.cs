namespace FastRing.Host;

/// <summary>Something the user said can't be done. The message is one line and says what and where.</summary>
internal sealed class UsageException(string message) : Exception(message);
