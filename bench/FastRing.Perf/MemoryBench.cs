using System.Globalization;
using FastRing.Workloads;

namespace FastRing.Perf;

/// <summary>Bytes through a ring, beside the same copies without one.</summary>
internal static class MemoryBench
{
    private const string Peer = "memcpy of the same buffers, same process";
    private static readonly int[] s_sizes = [64, 256, 1500, 4096, 16384, 65536, 262144, 1 << 20];
    private static readonly int[] s_quickSizes = [64, 1500, 65536, 1 << 20];

    public static IReadOnlyList<Row> Run(PerfRequest request, MachineState machine)
    {
        var rows = new List<Row>();
        int dropped = 0;
        foreach (string ring in request.IsQuick ? new[] { "split" } : ["split", "packed"])
        {
            foreach (bool twoThreads in new[] { false, true })
            {
                foreach (int size in request.IsQuick ? s_quickSizes : s_sizes)
                {
                    rows.Add(Compare(ring, size, twoThreads, intoGuest: false, request, ref dropped));
                }
            }

            rows.Add(Compare(ring, 65536, twoThreads: false, intoGuest: true, request, ref dropped));
        }

        machine.Remarks.Add("The device copies each buffer; the driver does not touch them. Up to 64 buffers and 4 MiB under way.");
        machine.Remarks.Add($"{dropped} runs dropped: the processors were far apart before or after them.");
        return rows;
    }

    private static Row Compare(string ring, int size, bool twoThreads, bool intoGuest, PerfRequest request, ref int dropped)
    {
        string name = $"{ring}, {Bytes(size)}, {(twoThreads ? "two threads" : "one thread")}, {(intoGuest ? "into" : "out of")} the guest's memory";
        Progress.Say(name);
        Measurement measured = WorkloadProgram.Jit.Run(
        [
            "memory", "--ring", ring,
            "--size", size.ToString(CultureInfo.InvariantCulture),
            "--runs", (request.IsQuick ? 5 : 3 * request.Runs).ToString(CultureInfo.InvariantCulture),
            .. Flag(twoThreads, "--two-threads"), .. Flag(intoGuest, "--into-guest"),
        ]);
        int[] all = [.. Enumerable.Range(0, measured.Values.Length)];
        int[] near = twoThreads ? [.. all.Where(i => measured.Distances[i] < CoreDistance.NearNs)] : all;
        dropped += near.Length == 0 ? 0 : all.Length - near.Length;
        string far = near.Length == 0 ? ", PROCESSORS FAR APART" : string.Empty;
        int[] used = near.Length == 0 ? all : near;
        return Row.Of("memory", name + far, "GB/s", used.Select(i => measured.Values[i]), Peer, used.Select(i => measured.Peers[i]));
    }

    private static string[] Flag(bool isSet, string option) => isSet ? [option] : [];

    private static string Bytes(int size) => size >= 1 << 20 ? $"{size >> 20} MiB" : size % 1024 == 0 ? $"{size >> 10} KiB" : $"{size} B";
}
