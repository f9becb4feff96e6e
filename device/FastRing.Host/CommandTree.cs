using System.CommandLine;
using FastRing.Host.Commands;
#if PROFILING
using FastRing.Host.Profiling;
#endif
using FastRing.Manual;

namespace FastRing.Host;

/// <summary>The program's command line: what is parsed, completed, and described by <c>--help</c> and the manual page.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand(HostManual.Text.Description[0])
        {
            ServeCommand.Create(),
            DemoCommand.Create(),
            DemoDriverCommand.Create(),
            ListCommand.Create(),
            AttachCommand.Create(),
            AddCommand.Create(),
            RemoveCommand.Create(),
            LimitCommand.Create(),
            ResizeCommand.Create(),
            DisconnectCommand.Create(),
            EventsCommand.Create(),
            TopCommand.Create(),
            RecordCommand.Create(),
            ShowCommand.Create(),
            ReplayCommand.Create(),
            AgentCommand.Create(),
            ReloadCommand.Create(),
            UpgradeCommand.Create(),
            DoctorCommand.Create(),
            CompletionCommand.Create(),
        };
#if PROFILING
        root.Add(CountersCommand.Create());
        root.Add(TraceCommand.Create());
        root.Add(StacksCommand.Create());
        root.Add(DumpRingsCommand.Create());
#endif
        ManualCommand.AddTo(root, HostManual.Text);
        HelpWithExitCodes.AddTo(root);
        Capabilities.AddTo(root);
        return root;
    }
}
