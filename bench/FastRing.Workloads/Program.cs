using System.CommandLine;

return await new RootCommand("The loops that FastRing.Perf times, each in a process of its own.").Parse(args).InvokeAsync();
