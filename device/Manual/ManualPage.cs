using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;

namespace FastRing.Manual;

/// <summary>A program's manual page, made of its command line: every command, argument and option that is not hidden.</summary>
internal static class ManualPage
{
    /// <param name="root">The program's command line.</param>
    /// <param name="text">What that does not say.</param>
    /// <param name="version">The program's version.</param>
    /// <param name="date">The page's.</param>
    public static string Of(RootCommand root, ManualText text, string version, DateOnly date)
    {
        var page = new Roff();
        page.Title(text.Program, 1, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), $"{text.Program} {version}", "User Commands");
        page.Section("NAME");
        page.Lines($"{Roff.Escape(text.Program)} \\- {Roff.Escape(text.Summary)}");
        page.Section("SYNOPSIS");
        page.Lines($"{Roff.Bold(text.Program)} {Roff.Italic("COMMAND")} [{Roff.Italic("ARGUMENTS")}] [{Roff.Italic("OPTIONS")}]");
        page.Section("DESCRIPTION");
        foreach (string paragraph in text.Description)
        {
            page.Paragraph(Roff.Escape(paragraph));
        }

        page.Section("COMMANDS");
        Commands(page, root, text.Program);
        page.Section("OPTIONS");
        Options(page, root);
        Pairs(page, "EXIT STATUS", text.ExitCodes);
        Pairs(page, "ENVIRONMENT", text.Environment);
        Pairs(page, "FILES", text.Files);
        page.Section("EXAMPLES");
        foreach ((string command, string meaning) in text.Examples)
        {
            page.Paragraph(Roff.Escape(meaning));
            page.Example(command);
        }

        SeeAlso(page, text.SeeAlso);
        return page.ToString();
    }

    /// <summary>How an option is written: its names, and its value.</summary>
    private static string Usage(Option option)
    {
        string names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(n => n.Length).Select(Roff.Bold));
        string value = ValueOf(option);
        return value.Length == 0 ? names
            : option.Arity.MinimumNumberOfValues == 0 ? $"{names} [{value}]"
            : $"{names} {value}";
    }

    private static string ValueOf(Option option)
    {
        if (option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool))
        {
            return "";
        }

        string[] choices = [.. option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
        return option.HelpName is { } name ? Roff.Italic(name)
            : choices.Length > 0 ? string.Join('|', choices.Select(Roff.Bold))
            : Roff.Italic(option.Name.TrimStart('-').ToUpperInvariant());
    }

    private static string Usage(Argument argument)
    {
        string name = Roff.Italic(argument.Name) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");
        return argument.Arity.MinimumNumberOfValues == 0 && !argument.Name.StartsWith('[') ? $"[{name}]" : name;
    }

    /// <param name="page">Gets a heading for each command below another, and for those below it.</param>
    /// <param name="parent">The other.</param>
    /// <param name="path">How that is called, its arguments included.</param>
    private static void Commands(Roff page, Command parent, string path)
    {
        string before = string.Concat(parent.Arguments.Where(a => !a.Hidden).Select(a => $" {Usage(a)}"));
        foreach (Command command in parent.Subcommands.Where(c => !c.Hidden))
        {
            string called = $"{path} {command.Name}";
            page.Subsection(called);
            string arguments = string.Concat(command.Arguments.Where(a => !a.Hidden).Select(a => $" {Usage(a)}"));
            string options = command.Options.Any(o => !o.Hidden) ? $" [{Roff.Italic("OPTIONS")}]" : "";
            string below = command.Subcommands.Count > 0 ? $" {Roff.Italic("COMMAND")}" : "";
            page.Lines($"{Roff.Bold(path)}{before} {Roff.Bold(command.Name)}{arguments}{below}{options}");
            page.Paragraph(Roff.Escape(command.Description ?? ""));
            foreach (Argument argument in command.Arguments.Where(a => !a.Hidden))
            {
                page.Item(Roff.Italic(argument.Name), Roff.Escape(argument.Description ?? ""));
            }

            Options(page, command);
            Commands(page, command, called);
        }
    }

    private static void Options(Roff page, Command command)
    {
        foreach (Option option in command.Options.Where(o => !o.Hidden))
        {
            string description = option.Description ?? "";
            bool hasDefault = option.HasDefaultValue && option.ValueType != typeof(bool) && !description.Contains("efault", StringComparison.Ordinal);
            string usual = hasDefault && option.GetDefaultValue()?.ToString() is { Length: > 0 } value ? $" Default: {Roff.Bold(value)}." : "";
            page.Item(Usage(option), Roff.Escape(description) + usual);
        }
    }

    private static void Pairs(Roff page, string section, (string Term, string Meaning)[] pairs)
    {
        if (pairs.Length == 0)
        {
            return;
        }

        page.Section(section);
        foreach ((string term, string meaning) in pairs)
        {
            page.Item(Roff.Bold(term), Roff.Escape(meaning));
        }
    }

    private static void SeeAlso(Roff page, string[] pages)
    {
        if (pages.Length > 0)
        {
            page.Section("SEE ALSO");
            page.Lines(string.Join(", ", pages.Select(p => $"{Roff.Bold(p[..p.IndexOf('(', StringComparison.Ordinal)])}{p[p.IndexOf('(', StringComparison.Ordinal)..]}")));
        }
    }
}
