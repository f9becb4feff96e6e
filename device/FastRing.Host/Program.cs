using FastRing.Host;
using FastRing.Host.Keeping;
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

return await CommandLine.RunAsync(CommandTree.Create(), args);
