using System.CommandLine;
using FastRing.Workloads;
using FastRing.Workloads.Chains;
using FastRing.Workloads.Copies;
using FastRing.Workloads.Fairness;
using FastRing.Workloads.Hostile;
using FastRing.Workloads.Hub;
using FastRing.Workloads.Net;
using FastRing.Workloads.Notify;
using FastRing.Workloads.Ports;
using FastRing.Workloads.Rings;

return await new RootCommand("The loops that FastRing.Perf times, each in a process of its own. Each prints one line of JSON.")
{
    ChainsCommand.Create(),
    BatchesCommand.Create(),
    RingCommand.Create(),
    CopyCommand.Create(),
    PingPongCommand.Create(),
    NetCommand.Create(),
    NotifyCommand.Create(),
    PortCommand.Create(),
    IdleCommand.Create(),
    FairnessCommand.Create(),
    HubCommand.Create(),
    AttackCommand.Create(),
}.Parse(args).InvokeAsync();
