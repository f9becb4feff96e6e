using System.CommandLine;
using FastRing.Host.Guests;

namespace FastRing.Perf;

/// <summary>FastRing beside what else carries bytes between a guest and its host: the devices of one QEMU, in turn, on the same guest.</summary>
internal sealed class ChannelBench
{
    private const double Seconds = 0.6;
    private const double QuickSeconds = 0.15;
    private const int QuickBlockBytes = 4096;

    private readonly Option<string[]> _cases = new("--case")
    {
        Description = "Only cases whose names begin so.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _serve = new("--serve")
    {
        Description = "Options of `fastring serve`, in one word.",

        // Linux's console driver moves its event index in split rings only: of a packed ring it wants to hear of every buffer.
        DefaultValueFactory = _ => "--packed off --coalesce-buffers 64 --look-us 1000",
    };

    public void AddTo(Command command)
    {
        command.Add(_cases);
        command.Add(_serve);
    }

    public async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, ParseResult parsed, MachineState machine)
    {
        try
        {
            string[] options = parsed.GetValue(_serve)!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            await using ChannelRig rig = await ChannelRig.StartAsync(options);
            machine.Remarks.Add($"{await rig.DescribeAsync()}; fastring serve {string.Join(' ', options)}".TrimEnd());
            machine.Remarks.Add("CPU s/GiB: processor time of QEMU's process without its vCPU thread, and of FastRing's daemon (user-mode Linux: of the daemon alone). Notifications: interrupts in the guest's /proc/interrupts for a thousand blocks.");
            return await MeasureAsync(rig, request, parsed.GetValue(_cases)!);
        }
        catch (GuestException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<Row>> MeasureAsync(ChannelRig rig, PerfRequest request, string[] chosen)
    {
        bool IsChosen(string name) => chosen.Length == 0 || chosen.Any(c => name.StartsWith(c, StringComparison.Ordinal));
        double seconds = request.IsQuick ? QuickSeconds : Seconds;
        ChannelResults[] transfers =
        [
            .. ChannelCase.All
                .Where(c => !request.IsQuick || c.BlockBytes == QuickBlockBytes || chosen.Length > 0)
                .Where(c => ChannelResults.Names(c).Any(IsChosen))
                .Select(c => new ChannelResults(c)),
        ];
        ChannelRoundTrips? trips = IsChosen(ChannelRoundTrips.Name) ? new ChannelRoundTrips() : null;
        for (int run = 0; run < request.Runs; run++)
        {
            foreach (ChannelResults transfer in transfers)
            {
                await transfer.AddAsync(rig.Channels, seconds);
            }

            await (trips?.AddAsync(rig.Channels, seconds) ?? Task.CompletedTask);
        }

        return [.. transfers.SelectMany(t => t.Rows(rig.Own, rig.Peer)), .. trips?.Rows(rig.Own, rig.Peer) ?? []];
    }
}
