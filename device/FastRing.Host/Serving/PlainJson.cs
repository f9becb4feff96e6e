using System.Text.Json;
using System.Text.RegularExpressions;

namespace FastRing.Host.Serving;

/// <summary>What the JSON reader has to say, for those who wrote the JSON.</summary>
internal static partial class PlainJson
{
    /// <summary>The message without what only a programmer understands: types, and where in the text, which is told otherwise.</summary>
    public static string Message(JsonException e)
    {
        string message = Unmapped().Replace(e.Message, " is not known here.");
        string plain = Members().Replace(Types().Replace(message, ""), m => $"'{JsonNamingPolicy.CamelCase.ConvertName(m.Groups[1].Value)}'");
        string place = e.Path is { Length: > 2 } path && message.Contains("could not be converted", StringComparison.Ordinal) ? $" ({path[2..]})" : "";
        return plain.TrimEnd('.') + place;
    }

    [GeneratedRegex(@" could not be mapped to any \.NET member contained in type '[^']*'\.")]
    private static partial Regex Unmapped();

    /// <summary>Called by the name they have here, not in the JSON.</summary>
    [GeneratedRegex(@"The (?:constructor parameter|property or field) '(\w+)'")]
    private static partial Regex Members();

    [GeneratedRegex(@"( (on|for|of) type '[^']*')|( to (System|FastRing)\.\S*)|( Consider updating its nullability annotation\.)|( Path: .*)|( LineNumber: .*)")]
    private static partial Regex Types();
}
