namespace FastRing.Guest;

/// <summary>The host's program left, or the port went: what was being written was meant for a session that is over.</summary>
/// <param name="message">One line that names the port.</param>
public sealed class SessionEndedException(string message) : IOException(message);
