using System.CommandLine;
using FastRing.Perf;

Option<string?> json = new("--json") { Description = "Write the rows as JSON to this file; - for standard output.", HelpName = "FILE", Recursive = true };
Option<int> runs = new("--runs") { Description = "Counted runs.", DefaultValueFactory = _ => 10, Recursive = true };
var root = new RootCommand("FastRing's measurements. Each command compares, in one run, with a named peer or a limit.") { json, runs };
Add("startup", "Time from starting `fastring serve` to its first vhost-user answer; FASTRING_PROGRAM names another build of it to measure too.", StartupBench.Create());
Add("guest", "Boots Linux guests: first byte, round trip, throughput through a port.", GuestBench.RunAsync);
Add("memory", "Resident memory of one daemon with four Linux guests of eight ports each, after traffic on all.", MemoryBench.RunAsync);
Add("allocations", "Bytes allocated and collections per million buffers, guest to host and back.", AllocationBench.RunAsync);
return await root.Parse(args).InvokeAsync();

void Add(string name, string description, Func<int, Task<IReadOnlyList<Row>>> bench)
{
    var command = new Command(name, description);
    command.SetAction(async (parsed, _) => Report.Show(await bench(parsed.GetValue(runs)), parsed.GetValue(json)));
    root.Add(command);
}
