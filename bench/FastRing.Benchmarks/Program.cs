using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Running;

// The disassembly ends at a queue's virtual calls, but where the JIT guards and inlines them. What is behind, the JIT prints itself:
// DOTNET_JitDisasm="TakeSingles TakeChains Complete" DOTNET_JitStdOutFile=rings.asm dotnet run ...
IConfig config = DefaultConfig.Instance
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 4, printSource: true)));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
