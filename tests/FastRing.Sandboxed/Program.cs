// Gives up what `fastring serve` with the same configuration gives up, and then does what that is there to prevent: FastRing.Sandboxed CONFIG DEED [ARGUMENT].
// Prints what came of it, "done" or an error number, and ends with 0; or the sandbox ends it.
// Or gives up what the process of one guest gives up with `fastring serve --isolate`: FastRing.Sandboxed --isolated GUEST CONFIG DEED [ARGUMENT].
// Or becomes another program, for which the kernel lacks a system call: FastRing.Sandboxed --without CALL PROGRAM [ARGUMENT...].
using System.Text.Json;
using FastRing.Host.Isolation;
using FastRing.Host.Keeping;
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
const string Share = "FASTRING_SANDBOXED_SHARE"; // What it may not read any more when it begins anew.
if (args is ["--isolated", var guest, var given, var deed, ..])
{
    if (!DaemonSandbox.HasBegun)
    {
        ConfigFile all = ConfigFile.Load(given);
        var daemon = new DaemonConfig(all.Guests, all.Api, all.Sandbox ?? new SandboxConfig(), all.Source);
        DaemonConfig part = GuestShare.Of(daemon, daemon.Guests.Single(g => g.Name == guest));
        Environment.SetEnvironmentVariable(Share, JsonSerializer.Serialize(KeptConfig.Of(part, part.Guests, part.Api), KeptJson.Default.KeptConfig));
        DaemonSandbox.Begin(part);
    }

    DaemonSandbox.Complete(JsonSerializer.Deserialize(Environment.GetEnvironmentVariable(Share)!, KeptJson.Default.KeptConfig)!.Daemon);
    Console.WriteLine(early.Run(() => Deeds.Do(deed, args.ElementAtOrDefault(4) ?? "")));
    return;
}

ConfigFile file = ConfigFile.Load(args[0]);
var config = new DaemonConfig(file.Guests, file.Api, file.Sandbox ?? new SandboxConfig(), file.Source);
DaemonSandbox.Begin(config);
DaemonSandbox.Complete(config);
Console.WriteLine(early.Run(() => Deeds.Do(args[1], args.ElementAtOrDefault(2) ?? "")));
