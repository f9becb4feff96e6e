using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastRing.Host.Client;
using FastRing.Host.Doctor;
using FastRing.Host.Serving;

namespace FastRing.Host.Commands;

/// <summary><c>fastring doctor</c>: what will make FastRing slow or fragile here.</summary>
internal static class DoctorCommand
{
    private static readonly Option<FileInfo> Config = new("--config") { Description = "Look at what this configuration asks for, too.", HelpName = "FILE" };
    private static readonly Option<int?> Process = new("--pid") { Description = "Look at this daemon, instead of what one started here would have.", HelpName = "PID", CustomParser = Number };

    public static Command Create()
    {
        var command = new Command("doctor", "Say what will make FastRing slow or fragile on this machine, why, and what to change.") { Config, Process, ClientCommand.Json };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var subject = new Subject(new MachineFiles())
        {
            Process = parsed.GetValue(Process),
            Config = parsed.GetValue(Config) is { } file ? ConfigFile.Load(file.FullName, hasOpenFiles: true) : null,
        };
        if (subject.Process is { } id && !subject.Files.HasFolder(subject.ProcessFolder))
        {
            throw new UsageException($"--pid {id}: there is no such process");
        }

        DoctorReport report = DoctorReport.Of(Examination.Of(subject));
        if (parsed.GetValue(ClientCommand.Json))
        {
            Output.Json(report, DoctorJson.Default.DoctorReport);
        }
        else
        {
            report.Show();
        }

        return report.Wrong == 0 ? ExitCode.Ok : ExitCode.Findings;
    }

    private static int? Number(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
        {
            return id;
        }

        result.AddError($"--pid {text}: expected the number of a process");
        return null;
    }
}
