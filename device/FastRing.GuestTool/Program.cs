using System.CommandLine;
using FastRing.GuestTool;
using FastRing.GuestTool.Commands;

var root = new RootCommand($"Named channels between this virtual machine and its host (virtio console ports).\n\n{ExitCode.Help}")
{
    ListCommand.Create(),
    WaitCommand.Create(),
    TransferCommands.Cat(),
    TransferCommands.Send(),
    TransferCommands.Receive(),
    RunCommand.Create(),
};
return await CommandLine.RunAsync(root, args);
