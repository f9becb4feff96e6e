namespace FastRing.Agent;

/// <summary>The "error" member of an answer.</summary>
internal sealed record AgentFault(string? Class = null, string? Desc = null)
{
    private const int MaxCharacters = 400;
    private const int MaxClassCharacters = 60;

    /// <summary>What the agent said, fit for one line of a log.</summary>
    public AgentException ToException(string command)
    {
        string description = Line(Desc ?? "it gave no reason", MaxCharacters);
        return new AgentException($"the guest agent refused {command}: {description}")
        {
            Command = command,
            ErrorClass = Line(Class ?? "GenericError", MaxClassCharacters),
            Description = description,
        };
    }

    private static string Line(string text, int maxCharacters)
    {
        string line = text.Length <= maxCharacters ? text : text[..maxCharacters] + "…";
        return line.Any(char.IsControl) ? string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)) : line;
    }
}
