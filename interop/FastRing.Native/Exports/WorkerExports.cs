using System.Runtime.InteropServices;
using FastRing.Native.Callbacks;
using FastRing.Native.Handles;
using FastRing.Native.Layout;
using FastRing.Workers;

namespace FastRing.Native.Exports;

/// <summary>Threads that run devices.</summary>
internal static unsafe class WorkerExports
{
    private const uint Pinned = 1;
    private const uint UsualBudgetUs = 50;

    [UnmanagedCallersOnly(EntryPoint = "fr_worker_create")]
    public static int Create(WorkerConfig* config, ulong* worker)
    {
        try
        {
            Given.Out(worker, "worker");
            WorkerConfig read = Versioned.Read(config);
            Versioned.ThrowIfUnknown(read.Flags, Pinned, "flags");
            Versioned.ThrowIfUnknown(read.Reserved, 0, "reserved");
            WaitStrategy strategy = Strategy(read);
            string name = Text.Optional(read.Name) ?? "fastring";
            int? cpu = (read.Flags & Pinned) == 0 ? null
                : read.Cpu < Environment.ProcessorCount ? (int)read.Cpu
                : throw new AbiException(ErrorCode.Argument, $"cpu: there is no processor {read.Cpu}");
            var made = new Worker(name, fault => LogSink.Shared.Fault(name, fault), cpu) { WaitStrategy = strategy };
            *worker = HandleTable.Add(new WorkerHandle(made));
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_worker_destroy")]
    public static int Destroy(ulong worker)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            HandleTable.Get<WorkerHandle>(worker, HandleKind.Worker).Destroy();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    private static WaitStrategy Strategy(in WorkerConfig config) => config.Wait switch
    {
        0 => WaitStrategy.Sleep,
        1 => WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(config.PollBudgetUs == 0 ? UsualBudgetUs : config.PollBudgetUs)),
        2 => WaitStrategy.Poll,
        _ => throw new AbiException(ErrorCode.Argument, $"wait: {config.Wait} is none"),
    };
}
