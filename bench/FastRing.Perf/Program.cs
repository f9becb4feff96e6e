using System.CommandLine;
using FastRing.Perf;
using FastRing.Perf.Comparing;
using FastRing.Perf.Observing;
using FastRing.Perf.Pages;

var options = new PerfOptions();
Option<bool> update = new("--update") { Description = "Set the budget's instructions to what was measured, and 2 % more." };
Option<string?> budget = new("--budget") { Description = "Compare with this file instead of perf-results/budget.json.", HelpName = "FILE" };
var root = new RootCommand("FastRing's measurements. Each command compares, in one run, with a named peer or a limit.");
Add("startup", "Time from starting `fastring serve` to its first vhost-user answer; FASTRING_PROGRAM names another build of it to measure too.", StartupBench.Create());
Add("guest", "Boots Linux guests: first byte, round trip, throughput through a port.", GuestBench.RunAsync);
Add("resident", "Resident memory of one daemon with four Linux guests of eight ports each, after traffic on all.", ResidentBench.RunAsync);
Add("recovery", "A worker killed, and replaced by an upgrade, under load from a Linux guest: how long no byte comes through a resumable port. FASTRING_PROGRAM names another build to measure.", RecoveryBench.RunAsync);
Add("allocations", "Bytes allocated and collections per million buffers, guest to host and back.", AllocationBench.RunAsync);
AddCommand("net", "DPDK's virtio driver against DPDK's device and against FastRing's: packets a second, loopback and one way. Needs dpdk-dev and, as root or not, huge pages.", (request, _, machine) => NetBench.RunAsync(request, machine));

var ring = new RingBench();
ring.AddTo(AddCommand(
    "ring", "Messages between two threads, as Linux's tools/virtio/ringtest does it, and beside it. Needs linux-source-6.1 and gcc.", (request, parsed, machine) => Task.FromResult(ring.Run(request, parsed, machine))));
AddCommand("chains", "The device's work for a chain, one thread: ns and, of a NativeAOT build, instructions (valgrind), beside rust-vmm's, built here with cargo and apt where the network allows.", (request, _, machine) => Task.FromResult(ChainsBench.Run(request, machine)));
AddCommand("abi", "libfastring.so: batches of chains through the C ABI beside the same in C#, and what loading it takes. Needs gcc.", (request, _, machine) => Task.FromResult(AbiBench.Run(request, machine)));
AddCommand("memory", "Bytes a second through a ring, one and two threads, beside memcpy.", (request, _, machine) => Task.FromResult(MemoryBench.Run(request, machine)));
var notify = new NotifyBench();
notify.AddTo(AddCommand(
    "notify", "Round trips and throughput against notifications and processor time, for each way to wait and to notify, beside the kernel's ping-pongs.", (request, parsed, machine) => Task.FromResult(notify.Run(request, parsed, machine))));
var port = new PortBench();
port.AddTo(AddCommand(
    "port", "Throughput, round trips and allocations through a port, beside a pipe of the framework, a socket pair and a bare ring; what 511 idle ports cost.", (request, parsed, machine) => Task.FromResult(port.Run(request, parsed, machine))));
AddCommand("fairness", "A port beside others that are stalled or flooded, and ports with a limit.", (request, _, machine) => Task.FromResult(FairnessBench.Run(request, machine)));
AddCommand("hub", "One guest's output to one client and to a thousand, beside a loop that writes to as many sockets.", (request, _, machine) => Task.FromResult(HubBench.Run(request, machine)));
AddCommand("management", "The management API with 511 ports: how long a list takes, and what listing and reading events cost a port's throughput.", (request, _, machine) => ManagementBench.RunAsync(request, machine));
AddCommand("sandbox", "What the daemon's sandbox costs: throughput of a port's socket, and the start.", (request, _, machine) => Task.FromResult(SandboxBench.Run(request, machine)));
AddCommand("observe", "What always-on counters, a live session of them, a trace and a dump of all rings cost those who are looked at. Builds the commit twice. Needs valgrind and a compiler.", (request, _, machine) => ObserveBench.RunAsync(request, machine));
AddCommand("hostile", "A guest's round trips while another guest of the same worker, its VMM or its clients attack, beside the same in quiet.", (request, _, machine) => Task.FromResult(HostileBench.Run(request, machine)));
AddCommand("migration", "How long a guest that moves from one daemon to another stands still; FASTRING_PROGRAM names another build of it to measure too.", (request, _, machine) => Task.FromResult(MigrationBench.Run(request, machine)));
AddCommand("coalescing", "A Linux guest that writes to a port, with and without gathered notifications.", (request, _, machine) => CoalescingBench.RunAsync(request, machine));
AddCommand("agent", "guest-ping through the library, on a socket and through a guest's port, beside a raw socket client.", (request, _, machine) => AgentBench.RunAsync(request, machine));
var channel = new ChannelBench();
channel.AddTo(AddCommand(
    "channel", "FastRing beside virtio-serial, a serial line, guestfwd and TCP of one QEMU guest: throughput, round trips, processor time, notifications. Fetches QEMU when first run.", channel.RunAsync));
Command gate = AddCommand(
    "gate",
    "Allocations, collections, system calls and instructions against perf-results/budget.json; 1 when a limit is exceeded. Needs gcc, strace and valgrind.",
    (request, parsed, _) => Task.FromResult(GateBench.Run(request, BudgetOf(parsed))));
root.Add(PageCommand.Create());
Command compare = CompareCommand.Create();
root.Add(compare);
gate.Add(update);
gate.Add(budget);
ParseResult invoked = root.Parse(args);
var invocation = new InvocationConfiguration();
if (invoked.CommandResult.Command == compare)
{
    invocation.ProcessTerminationTimeout = CompareCommand.TimeToEnd;
}

return await invoked.InvokeAsync(invocation);

void Add(string name, string description, Func<int, Task<IReadOnlyList<Row>>> bench) => AddCommand(name, description, (request, _, _) => bench(request.Runs));

string BudgetOf(ParseResult parsed) => parsed.GetValue(budget) ?? Budget.DefaultFile;

Command AddCommand(string name, string description, Func<PerfRequest, ParseResult, MachineState, Task<IReadOnlyList<Row>>> bench)
{
    var command = new Command(name, description);
    command.SetAction(async (parsed, _) =>
    {
        try
        {
            var machine = new MachineState();
            IReadOnlyList<Row> rows = await bench(options.Request(parsed), parsed, machine);
            options.Finish(parsed, rows, machine);
            return name == "gate" ? GateBench.Judge(rows, BudgetOf(parsed), parsed.GetValue(update)) : 0;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"{name}: {e.Message}"); // Something to compare with is not installed, most likely.
            return 2;
        }
    });
    options.AddTo(command);
    root.Add(command);
    return command;
}
