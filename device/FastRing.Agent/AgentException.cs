namespace FastRing.Agent;

/// <summary>The guest agent answered a command with an error, or broke its protocol.</summary>
/// <param name="message">One line that names the command and what was wrong.</param>
/// <param name="innerException">What was found out first, if anything.</param>
public sealed class AgentException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The command that failed.</summary>
    public string? Command { get; init; }

    /// <summary>
    /// The agent's own class of the error, such as <c>GenericError</c> or <c>CommandNotFound</c>; null when the agent did not answer with an error, but with
    /// something that is no answer.
    /// </summary>
    public string? ErrorClass { get; init; }

    /// <summary>The agent's own words, as one line of at most 400 characters; null as <see cref="ErrorClass"/>.</summary>
    public string? Description { get; init; }

    /// <summary>Whether this agent does not have the command, or has it switched off.</summary>
    public bool IsCommandMissing => ErrorClass == "CommandNotFound";
}
