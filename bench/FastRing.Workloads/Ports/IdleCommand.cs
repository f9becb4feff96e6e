using System.CommandLine;
using System.Globalization;

namespace FastRing.Workloads.Ports;

/// <summary><c>workloads idle</c>.</summary>
internal static class IdleCommand
{
    private static readonly TimeSpan s_settles = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        Option<int> ports = new("--ports") { Description = "Ports besides the console.", DefaultValueFactory = _ => 510 };
        Option<bool> resident = new("--resident") { Description = "Print resident memory, MiB, instead of processor time." };
        Option<double> seconds = new("--seconds") { Description = "Time of a run.", DefaultValueFactory = _ => 3 };
        Option<int> runs = new("--runs") { Description = "Runs.", DefaultValueFactory = _ => 2 };
        Option<double> warm = new("--warm") { Description = "Nothing is warmed up.", Hidden = true };
        var command = new Command("idle", "What ports cost that are open, and through which nothing passes: percent of a processor, or resident memory.")
        {
            ports, resident, seconds, runs, warm,
        };
        command.SetAction(parsed =>
        {
            using var idle = new ManyPorts([], parsed.GetValue(ports));
            Thread.Sleep(s_settles); // After a second without events a worker lets go of the guest's pages.
            var time = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            bool isResident = parsed.GetValue(resident);
            double[] values = [.. Enumerable.Range(0, parsed.GetValue(runs)).Select(_ => isResident ? ResidentMib() : ProcessorPercent(time))];
            return new Measurement(isResident ? "MiB" : "percent CPU", values).Print();
        });
        return command;
    }

    private static double ResidentMib() => double.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private static double ProcessorPercent(TimeSpan time)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Thread.Sleep(time);
        return (Environment.CpuUsage.TotalTime - before) / time * 100;
    }
}
