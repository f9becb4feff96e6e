// Gives up what `fastring serve` with the same configuration gives up, and then does what that is there to prevent: FastRing.Sandboxed CONFIG DEED [ARGUMENT].
// Prints what came of it, "done" or an error number, and ends with 0; or the sandbox ends it.
// Or becomes another program, for which the kernel lacks a system call: FastRing.Sandboxed --without CALL PROGRAM [ARGUMENT...].
using FastRing.Host.Management;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Sandboxed;

if (args is ["--without", var call, var program, ..])
{
    Poorer.Become(call, program, args[2..]);
}

// A thread that is there before the sandbox: what holds for it holds for all.
using var early = new EarlyThread();
ConfigFile file = ConfigFile.Load(args[0]);
var config = new DaemonConfig(file.Guests, file.Api, file.Sandbox ?? new SandboxConfig(), file.Source);
DaemonSandbox.Begin(config);
DaemonSandbox.Complete(config);
Console.WriteLine(early.Run(() => Deeds.Do(args[1], args.ElementAtOrDefault(2) ?? "")));
