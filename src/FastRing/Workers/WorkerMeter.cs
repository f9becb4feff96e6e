using System.Diagnostics.Metrics;
using FastRing.Diagnostics;

namespace FastRing.Workers;

/// <summary>What <see cref="FastRingMeter"/> shows of workers.</summary>
internal static class WorkerMeter
{
    private static readonly MeteredObjects<Worker> s_workers = Create();

    public static void Add(Worker worker) => s_workers.Add(worker);

    public static void Remove(Worker worker) => s_workers.Remove(worker);

    private static MeteredObjects<Worker> Create()
    {
        var workers = new MeteredObjects<Worker>();
        workers.Counter("fastring.worker.turns", "{turn}", "Turns given to those who stood in the worker's line.", w => [Of(w, w.Turns)]);
        workers.Counter("fastring.worker.waits", "{wait}", "Times the worker asked the kernel what is ready, and slept if nothing was.", w => [Of(w, w.Waits)]);
        return workers;
    }

    private static Measurement<long> Of(Worker worker, ulong value) => new((long)value, new KeyValuePair<string, object?>("worker", worker.Name));
}
