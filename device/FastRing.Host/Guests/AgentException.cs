namespace FastRing.Host.Guests;

/// <summary>The guest agent answered a command with an error, or broke its protocol.</summary>
internal sealed class AgentException(string message, Exception? innerException = null) : Exception(message, innerException);
