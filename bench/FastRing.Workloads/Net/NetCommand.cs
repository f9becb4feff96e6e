using System.CommandLine;
using FastRing.Interop;
using FastRing.Spec;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.Workloads.Net;

/// <summary><c>net</c>: a network device on a vhost-user socket, for one driver; says at its end what it did.</summary>
internal static class NetCommand
{
    private static readonly Option<string> Socket = new("--socket") { Description = "Listen on this unix socket.", HelpName = "PATH", Required = true };
    private static readonly Option<NetMode> Mode = new("--mode") { Description = "What to do with packets.", Required = true };
    private static readonly Option<bool> Mergeable = new("--mergeable") { Description = "Offer VIRTIO_NET_F_MRG_RXBUF." };
    private static readonly Option<bool> Packed = new("--packed") { Description = "Offer VIRTIO_F_RING_PACKED." };
    private static readonly Option<bool> InOrder = new("--in-order") { Description = "Offer VIRTIO_F_IN_ORDER." };
    private static readonly Option<int?> Cpu = new("--cpu") { Description = "Pin the device's thread to this processor.", HelpName = "N" };
    private static readonly Option<double> WarmUp = new("--warm-up") { Description = "Count from this many seconds after the first packet.", HelpName = "SECONDS" };

    public static Command Create()
    {
        var command = new Command("net", "A network device that polls its rings, for one vhost-user frontend.")
        {
            Socket, Mode, Mergeable, Packed, InOrder, Cpu, WarmUp,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var device = new NetDevice(parsed.GetValue(Mode), Features(parsed), new BusyTime(TimeSpan.FromSeconds(parsed.GetValue(WarmUp))));
        using var listener = new UnixListener(parsed.GetValue(Socket)!);
        using (var worker = new Worker("net", Fail, parsed.GetValue(Cpu)) { WaitStrategy = WaitStrategy.Poll })
        using (var backend = new VhostUserBackend(worker, device, listener.Fd, "net"))
        {
            await worker.InvokeAsync(() => worker.AddPolled(new IdleWatch(device)));
            backend.Start();
            await System.Console.Error.WriteLineAsync($"serving {parsed.GetValue(Socket)}");
            await Task.WhenAny(device.Left, Task.Delay(Timeout.Infinite, cancellation));
        }

        System.Console.WriteLine(device.Result.ToJson());
        return 0;
    }

    private static void Fail(Exception fault) => Environment.FailFast("the worker failed", fault);

    private static ulong Features(ParseResult parsed) =>
        VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex
        | (parsed.GetValue(Mergeable) ? NetFeatures.MergeableBuffers : 0)
        | (parsed.GetValue(Packed) ? VirtioFeatures.RingPacked : 0)
        | (parsed.GetValue(InOrder) ? VirtioFeatures.InOrder : 0);
}
