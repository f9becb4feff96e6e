using System.CommandLine;
using FastRing.Host;
using FastRing.Host.Commands;
using FastRing.Host.Keeping;
#if PROFILING
using FastRing.Host.Profiling;
#endif
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;

if (args is ["serve", ..])
{
    if (OpenFileNeed.WhyTooFew is { } why)
    {
        System.Console.Error.WriteLine($"fastring: {why}");
        return ExitCode.Usage;
    }

    if (DaemonSandbox.IsToBegin(args) || KeeperProgram.IsMeant(args))
    {
        ServiceSignals.Hold();
    }
    else
    {
        Daemon.Prepare(hasFile: args.Any(a => a.StartsWith("--config", StringComparison.Ordinal)));
    }
}

var root = new RootCommand("Named byte channels between virtual machines and their host: a multiport virtio-console device over vhost-user.")
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
HelpWithExitCodes.AddTo(root);
Capabilities.AddTo(root);
return await CommandLine.RunAsync(root, args);
