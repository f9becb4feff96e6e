using System.CommandLine;

namespace FastRing.Workloads.Hostile;

/// <summary><c>workloads attack</c>: until its standard input ends.</summary>
internal static class AttackCommand
{
    public static Command Create()
    {
        Option<string> name = new("--attack") { Description = "Which.", Required = true };
        name.AcceptOnlyFromAmong([.. Attacks.All.Keys]);
        Option<string> guest = new("--guest") { Description = "The guest's socket.", Required = true };
        Option<string> port = new("--client") { Description = "The socket of its first port.", Required = true };
        var command = new Command("attack", "Attacks a daemon, and says how often it did.") { name, guest, port };
        command.SetAction(parsed =>
        {
            using var end = new CancellationTokenSource();
            new Thread(() => WaitForEnd(end)) { IsBackground = true }.Start();
            return new Measurement("attacks", [Attacks.All[parsed.GetValue(name)!](parsed.GetValue(guest)!, parsed.GetValue(port)!, end.Token)]).Print();
        });
        return command;
    }

    private static void WaitForEnd(CancellationTokenSource end)
    {
        System.Console.In.ReadToEnd();
        end.Cancel();
    }
}
