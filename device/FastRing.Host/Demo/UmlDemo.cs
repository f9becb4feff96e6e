using System.Diagnostics;
using FastRing.Agent;
using FastRing.Host.Guests;
using FastRing.Interop;

namespace FastRing.Host.Demo;

/// <summary>The demo with a real Linux kernel as guest.</summary>
internal sealed class UmlDemo(DemoPorts ports, Action<string> progress)
{
    private const int EchoMiB = 64;
    private const int RoundTrips = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<DemoResult> RunAsync(GuestPackages packages, CancellationToken cancellation)
    {
        progress("preparing the guest's files");
        GuestRoot root = await GuestRoot.PrepareAsync(packages, cancellationToken: cancellation);
        using HostClient hello = await HostClient.ConnectAsync(ports.HelloSocket, cancellation);

        progress("booting Linux");
        await using UmlGuest guest = UmlGuest.Start(root, new UmlGuestOptions
        {
            DeviceSockets = [ports.VhostSocket],
            MemoryMiB = 320, // Two files of 64 MiB and what Linux needs.
            HelloPort = DemoPorts.Hello,
            Processor = CpuAffinity.Get()[^1], // On several, each of this guest's system calls moves between them and costs four times as much.
            WaitPorts = [DemoPorts.Echo, DemoPorts.RoundTrip, DemoPorts.Agent],
        });
        Task ready = guest.WaitReadyAsync(Patience, cancellationToken: cancellation);
        Task first = hello.WaitFirstByteAsync(cancellation);
        await (await Task.WhenAny(first, ready)); // A guest that fails to boot says so here.
        await first.WaitAsync(Patience, cancellation);
        double firstByteMs = guest.Elapsed.TotalMilliseconds;
        await ready;

        progress($"echoing {EchoMiB} MiB through {DemoPorts.Echo}");
        (bool echoOk, string sha, double seconds) = await EchoAsync(guest, cancellation);

        progress($"timing {RoundTrips} round trips through {DemoPorts.RoundTrip}");
        double[] times = await RoundTripsAsync(guest, cancellation);

        progress("asking the guest agent");
        (string os, List<string> users) = await AskAgentAsync(cancellation);

        progress("shutting the guest down through its agent");
        bool down = await ShutDownAsync(guest, cancellation);
        return new DemoResult
        {
            Guest = "uml",
            GuestOs = os,
            FirstByteMs = Math.Round(firstByteMs, 1),
            EchoBytes = EchoMiB << 20,
            EchoOk = echoOk,
            EchoSha256 = sha,
            ThroughputMibS = Math.Round(EchoMiB / seconds, 1),
            RoundTripUsP50 = Math.Round(times[times.Length / 2], 1),
            RoundTripUsP99 = Math.Round(times[times.Length * 99 / 100], 1),
            AgentOk = down,
            Users = users,
        };
    }

    private static async Task<(bool Ok, string Sha, double Seconds)> EchoAsync(UmlGuest guest, CancellationToken cancellation)
    {
        await RunAsync(guest, $"dd if=/dev/urandom of=/tmp/sent bs=1M count={EchoMiB} 2>/dev/null", cancellation);
        long start = Stopwatch.GetTimestamp();
        await RunAsync(
            guest,
            $"""
            exec 3<>/dev/virtio-ports/{DemoPorts.Echo}
            dd of=/tmp/received bs=64k count={EchoMiB * 16} iflag=fullblock <&3 2>/dev/null &
            dd if=/tmp/sent bs=32k >&3 2>/dev/null
            wait
            """,
            cancellation);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string[] sums = (await RunAsync(guest, "sha256sum /tmp/sent /tmp/received | cut -d' ' -f1; rm /tmp/sent /tmp/received", cancellation)).Split('\n');
        return (sums[0].Length == 64 && sums[0] == sums[1], sums[1], seconds);
    }

    private async Task<double[]> RoundTripsAsync(UmlGuest guest, CancellationToken cancellation)
    {
        // The client first: a read of a port without one is at its end at once.
        using HostClient client = await HostClient.ConnectAsync(ports.RoundTripSocket, cancellation);
        await RunAsync(guest, $"(exec 3<>/dev/virtio-ports/{DemoPorts.RoundTrip}; cat <&3 >&3) >/dev/null 2>&1 &", cancellation);
        return await Task.Run(() => client.MeasureRoundTrips(RoundTrips), cancellation);
    }

    private async Task<(string Os, List<string> Users)> AskAgentAsync(CancellationToken cancellation)
    {
        await using GuestAgent agent = await GuestAgent.ConnectAsync(ports.AgentSocket, cancellation);
        await agent.PingAsync(cancellation);
        GuestOsInfo info = await agent.GetOsInfoAsync(cancellation);
        IReadOnlyList<GuestUser> users = await agent.GetUsersAsync(cancellation);
        return ($"{info.PrettyName}, Linux {info.KernelRelease}", [.. users.Select(u => u.Name)]);
    }

    /// <summary>True when the guest really ended, in good order.</summary>
    private async Task<bool> ShutDownAsync(UmlGuest guest, CancellationToken cancellation)
    {
        await using GuestAgent agent = await GuestAgent.ConnectAsync(ports.AgentSocket, cancellation);
        agent.QuietTime = TimeSpan.FromSeconds(1); // The guest's end is waited for anyway.
        await agent.ShutdownAsync(GuestShutdownMode.Powerdown, cancellation);
        return await guest.WaitExitAsync(Patience) == 0;
    }

    private static async Task<string> RunAsync(UmlGuest guest, string command, CancellationToken cancellation)
    {
        CommandResult result = await guest.RunAsync(command, Patience, cancellation);
        return result.ExitCode == 0
            ? result.Output
            : throw new GuestException($"in the guest, '{command.Split('\n')[0]} ...' failed with status {result.ExitCode}: {result.Output.Trim()}");
    }
}
