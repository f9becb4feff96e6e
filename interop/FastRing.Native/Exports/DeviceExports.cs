using System.Runtime.InteropServices;
using FastRing.Console;
using FastRing.Native.Callbacks;
using FastRing.Native.Handles;
using FastRing.Native.Layout;

namespace FastRing.Native.Exports;

/// <summary>Console devices.</summary>
internal static unsafe class DeviceExports
{
    private const uint NoEventIndex = 1;
    private const uint NoIndirect = 2;
    private const uint NoPacked = 4;
    private const uint UsualPorts = 31;

    [UnmanagedCallersOnly(EntryPoint = "fr_device_create")]
    public static int Create(ulong worker, DeviceConfig* config, ulong* device)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Given.Out(device, "device");
            WorkerHandle owner = HandleTable.Get<WorkerHandle>(worker, HandleKind.Worker);
            DeviceConfig read = Versioned.Read(config);
            owner.AddDevice();
            try
            {
                *device = Add(owner, read);
            }
            catch
            {
                owner.RemoveDevice();
                throw;
            }

            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_device_destroy")]
    public static int Destroy(ulong device)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            HandleTable.Get<DeviceHandle>(device, HandleKind.Device).Destroy();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_device_save")]
    public static int Save(ulong device, byte* state, nuint* length)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Given.Out(length, "length");
            DeviceHandle found = HandleTable.Get<DeviceHandle>(device, HandleKind.Device);
            byte[] saved = [];
            found.Invoke(() => saved = found.Device.SaveState());
            nuint room = state == null ? 0 : *length;
            *length = (nuint)saved.Length;
            if (room < (nuint)saved.Length)
            {
                throw new AbiException(ErrorCode.Space, $"the state has {saved.Length} bytes, there is room for {room}");
            }

            // SAFETY: the caller says that there is room for as many.
            saved.CopyTo(new Span<byte>(state, saved.Length));
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_device_load")]
    public static int Load(ulong device, byte* state, nuint length)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Given.Out(state, "state");
            DeviceHandle found = HandleTable.Get<DeviceHandle>(device, HandleKind.Device);
            if (length > (nuint)found.Device.MaxStateBytes)
            {
                throw new AbiException(ErrorCode.Argument, $"state: no state has more than {found.Device.MaxStateBytes} bytes, this one has {length}");
            }

            // SAFETY: the caller says that there are as many.
            byte[] loaded = new ReadOnlySpan<byte>(state, (int)length).ToArray();
            string? why = null;
            found.Invoke(() => why = found.Device.LoadState(loaded));
            return why is null ? 0 : Failure.Of(ErrorCode.Argument, why);
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_device_stats")]
    public static int Stats(ulong device, DeviceStats* stats)
    {
        try
        {
            ConsoleDevice found = HandleTable.Get<DeviceHandle>(device, HandleKind.Device).Device;
            ConsoleCounters counters = found.Counters;
            Versioned.Write(
                new DeviceStats
                {
                    DriverReady = found.IsDriverReady ? 1U : 0,
                    Drivers = found.Drivers,
                    ControlReceived = counters.ControlReceived,
                    ControlMalformed = counters.ControlMalformed,
                    ControlUnknown = counters.ControlUnknown,
                    ControlSent = counters.ControlSent,
                    BrokenQueues = counters.BrokenQueues,
                },
                stats);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    private static ulong Add(WorkerHandle worker, in DeviceConfig config)
    {
        Versioned.ThrowIfUnknown(config.Flags, NoEventIndex | NoIndirect | NoPacked, "flags");
        Versioned.ThrowIfUnknown(config.Reserved, 0, "reserved");
        var options = new ConsoleOptions
        {
            Name = Text.Optional(config.Name) ?? "console",
            MaxPorts = (int)Math.Min(config.MaxPorts == 0 ? UsualPorts : config.MaxPorts, int.MaxValue),
            EventIndex = (config.Flags & NoEventIndex) == 0,
            IndirectDescriptors = (config.Flags & NoIndirect) == 0,
            PackedRing = (config.Flags & NoPacked) == 0,
        };
        var made = new ConsoleDevice(worker.Worker, options, LogSink.Shared);
        if (config.Event != null)
        {
            made.PortChanged += new EventSink(config).Tell;
        }

        made.StartAsync().GetAwaiter().GetResult();
        return HandleTable.Add(new DeviceHandle(worker, made));
    }
}
