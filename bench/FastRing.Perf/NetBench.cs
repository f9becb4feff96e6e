using System.Runtime.InteropServices;

namespace FastRing.Perf;

/// <summary>
/// A fast foreign driver, DPDK's net_virtio_user under dpdk-testpmd, against DPDK's own device and against FastRing's, in turns:
/// packets of 64 bytes, driver and device polling on a processor of their own each.
/// </summary>
internal static class NetBench
{
    private const int AttemptsPerRun = 2; // So many times as many rounds while runs are dropped for far processors.

    public static async Task<IReadOnlyList<Row>> RunAsync(PerfRequest request, MachineState machine)
    {
        using var interrupted = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, interrupted);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, interrupted);
        using HugePages pages = HugePages.Reserve();
        int runs = request.IsQuick ? 1 : request.Runs;
        NetResults[] results = [.. (request.IsQuick ? NetCase.Quick : NetCase.All).Select(c => new NetResults(c, runs))];
        for (int i = 0; i < runs * AttemptsPerRun; i++)
        {
            foreach (NetResults result in results)
            {
                await result.AddAsync(interrupted.Token);
            }
        }

        foreach (NetResults far in results.Where(r => r.IsFar))
        {
            machine.Remarks.Add($"{far.Name}: the processors were never near in some device's runs; compare nothing");
        }

        return [.. results.SelectMany(r => r.Rows())];
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource source) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // What was started ends first.
        source.Cancel();
    });
}
