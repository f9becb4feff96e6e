using System.CommandLine;
using System.Globalization;
using System.Reflection;

namespace FastRing.Manual;

/// <summary>The command <c>man</c>: prints the program's manual page.</summary>
internal static class ManualCommand
{
    /// <summary>Seconds since 1970: the date of what is built, for builds that are to give the same bytes again (reproducible-builds.org).</summary>
    private const string SourceDate = "SOURCE_DATE_EPOCH";

    /// <param name="root">The program's command line, which the command becomes a part of.</param>
    /// <param name="text">What that does not say.</param>
    public static void AddTo(RootCommand root, ManualText text)
    {
        var command = new Command("man", $"Print this manual page, in roff: {text.Program} man | man -l -.");
        command.SetAction(_ => System.Console.Out.Write(PageOf(root, text)));
        root.Add(command);
    }

    public static string PageOf(RootCommand root, ManualText text) => ManualPage.Of(root, text, Version, Date);

    /// <summary>Without the commit it was built from.</summary>
    private static string Version => typeof(ManualCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static DateOnly Date => DateOnly.FromDateTime(
        long.TryParse(Environment.GetEnvironmentVariable(SourceDate), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).UtcDateTime
            : DateTime.UtcNow);
}
