using System.Text.Json;
using System.Text.RegularExpressions;

namespace FastRing.Host.Serving;

/// <summary>What the JSON reader has to say, for those who wrote the JSON.</summary>
internal static partial class PlainJson
{
    /// <summary>The message without what only a programmer understands: types, and where in the text, which is told otherwise.</summary>
    public static string Message(JsonException e)
    {
        string place = e.Path is { Length: > 2 } path ? path[2..] + ": " : "";
        if (e.InnerException?.Message is { } inner && NotText().IsMatch(inner))
        {
            return $"{place}must be text: there are bytes, or surrogates, that are no characters";
        }

        if (Unconverted().Match(e.Message) is { Success: true } unconverted)
        {
            // Sometimes the type is that of the object around it, and the value's is told within.
            string type = OutOfBounds().Match(e.InnerException?.Message ?? "") is { Success: true } bounds ? bounds.Groups["type"].Value : unconverted.Groups["type"].Value;
            return $"{place}must be {Kind(type)}";
        }

        if (Missing().Match(e.Message) is { Success: true } missing)
        {
            return $"{place}needs {missing.Groups["names"].Value}";
        }

        if (NotNull().IsMatch(e.Message))
        {
            return $"{place}must not be null";
        }

        if (e.Message.Contains("isFinalBlock", StringComparison.Ordinal) || e.Message.Contains("Expected depth to be zero", StringComparison.Ordinal))
        {
            return e.Message.Contains("does not contain any JSON", StringComparison.Ordinal) ? "empty" : "it ends too early";
        }

        string message = Unmapped().Replace(e.Message, "$1 is not known here.");
        return Members().Replace(Types().Replace(message, ""), m => $"'{JsonNamingPolicy.CamelCase.ConvertName(m.Groups[1].Value)}'").TrimEnd('.');
    }

    /// <summary>What a value of a .NET type looks like in JSON.</summary>
    private static string Kind(string type) => type switch
    {
        _ when type.Contains("List", StringComparison.Ordinal) || type.Contains("[]", StringComparison.Ordinal) => "a list: [ ]",
        _ when type == "string" || type.Contains("String", StringComparison.Ordinal) => "text in quotes",
        _ when type == "boolean" || type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("UInt16", StringComparison.Ordinal) => "a whole number from 0 to 65535",
        _ when type.Contains("UInt", StringComparison.Ordinal) => "a whole number, 0 or more",
        _ when type.Contains("Int32", StringComparison.Ordinal) => "a whole number up to 2147483647",
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ => "an object: { }",
    };

    [GeneratedRegex(@"could not be converted to (?<type>\S+)\.(\s|$)")]
    private static partial Regex Unconverted();

    [GeneratedRegex(@"out of bounds for an? (?<type>\w+)|token type '\w+' as a (?<type>string|boolean)")]
    private static partial Regex OutOfBounds();

    [GeneratedRegex(@"missing required properties including: (?<names>.+?)\.(\s|$)")]
    private static partial Regex Missing();

    [GeneratedRegex("UTF-8|UTF-16|transcode")]
    private static partial Regex NotText();

    [GeneratedRegex(@"(?:allow|allows?) (?:setting )?null")]
    private static partial Regex NotNull();

    [GeneratedRegex(@"The JSON property ('[^']*') could not be mapped to any \.NET member contained in type '[^']*'\.")]
    private static partial Regex Unmapped();

    /// <summary>Called by the name they have here, not in the JSON.</summary>
    [GeneratedRegex(@"The (?:constructor parameter|property or field) '(\w+)'")]
    private static partial Regex Members();

    [GeneratedRegex(@"( (on|for|of) type '[^']*')|( Consider updating its nullability annotation\.)|( encountered during deserialization)|( Path: .*)|( LineNumber: .*)")]
    private static partial Regex Types();
}
