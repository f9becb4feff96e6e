using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Profiling;

namespace FastRing.Host.Profiling;

/// <summary>The process to look into.</summary>
internal static class ProcessArgument
{
    public static Argument<int> Create() => new("PID")
    {
        Description = "A process that embeds FastRing, such as a daemon of one's own: its number.",
        CustomParser = Number,
    };

    /// <exception cref="ProfilingException">There is none, or it can't be looked into.</exception>
    public static TargetProcess Open(this ParseResult parsed, Argument<int> argument) => new(parsed.GetValue(argument));

    private static int Number(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
        {
            return id;
        }

        result.AddError($"PID {text}: expected the number of a process");
        return 0;
    }
}
