using System.Text.Json;

namespace FastRing.Host.Serving;

/// <summary>What the JSON reader has to say, for those who wrote the JSON.</summary>
internal static class PlainJson
{
    /// <summary>The message without what only a programmer understands.</summary>
    public static string Message(JsonException e)
    {
        string message = e.Message;
        foreach (string tail in (string[])[" Path: ", " LineNumber: ", " contained in type", " could not be mapped"])
        {
            int at = message.IndexOf(tail, StringComparison.Ordinal);
            message = at < 0 ? message : message[..at] + (tail.EndsWith("mapped", StringComparison.Ordinal) ? " is not known here" : "");
        }

        return WithoutType(message) + (e.Path is { Length: > 2 } path && message.Contains("could not be converted", StringComparison.Ordinal) ? $" ({path[2..]})" : "");
    }

    /// <summary>"The JSON value could not be converted to System.Int32." names a type of ours.</summary>
    private static string WithoutType(string message)
    {
        int at = message.IndexOf(" to System.", StringComparison.Ordinal);
        at = at < 0 ? message.IndexOf(" to FastRing.", StringComparison.Ordinal) : at;
        at = at < 0 ? message.IndexOf(" for type '", StringComparison.Ordinal) : at;
        return at < 0 ? message : message[..at] + (message.IndexOf(" was missing", StringComparison.Ordinal) is int missing and > 0 ? message[missing..] : "");
    }
}
