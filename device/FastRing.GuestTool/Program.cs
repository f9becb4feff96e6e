using System.CommandLine;
using FastRing.GuestTool;
using FastRing.GuestTool.Commands;
using FastRing.Manual;

var root = new RootCommand($"{GuestManual.Text.Description[0]}\n\n{ExitCode.Help}")
{
    ListCommand.Create(),
    WaitCommand.Create(),
    TransferCommands.Cat(),
    TransferCommands.Send(),
    TransferCommands.Receive(),
    RunCommand.Create(),
};
ManualCommand.AddTo(root, GuestManual.Text);
return await CommandLine.RunAsync(root, args);
