using System.Runtime.InteropServices;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Console.Ports;
using FastRing.Native.Callbacks;
using FastRing.Native.Handles;
using FastRing.Native.Layout;

namespace FastRing.Native.Exports;

/// <summary>Ports.</summary>
internal static unsafe class PortExports
{
    private const uint ConsoleFlag = 1;
    private const uint Closed = 2;
    private const uint Discard = 4;
    private const uint Keep = 8;

    [UnmanagedCallersOnly(EntryPoint = "fr_port_create")]
    public static int Create(ulong device, PortConfig* config, ulong* port)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Given.Out(port, "port");
            DeviceHandle owner = HandleTable.Get<DeviceHandle>(device, HandleKind.Device);
            *port = Add(owner, Versioned.Read(config));
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_destroy")]
    public static int Destroy(ulong port)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            PortHandle found = HandleTable.Get<PortHandle>(port, HandleKind.Port);
            found.Device.RemovePort(found);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_number")]
    public static int Number(ulong port)
    {
        try
        {
            return HandleTable.Get<PortHandle>(port, HandleKind.Port).Port.Id;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_wait_guest")]
    public static int WaitGuest(ulong port, int timeoutMs)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Port found = HandleTable.Get<PortHandle>(port, HandleKind.Port).Port;
            TimeSpan timeout = timeoutMs < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(timeoutMs);
            found.WaitForGuestOpenAsync(timeout).GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_set_open")]
    public static int SetOpen(ulong port, int open)
    {
        try
        {
            HandleTable.Get<PortHandle>(port, HandleKind.Port).Callbacks.PostOpen(open != 0);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_input_possible")]
    public static int InputPossible(ulong port)
    {
        try
        {
            HandleTable.Get<PortHandle>(port, HandleKind.Port).Callbacks.PostInputPossible();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_output_possible")]
    public static int OutputPossible(ulong port)
    {
        try
        {
            HandleTable.Get<PortHandle>(port, HandleKind.Port).Callbacks.PostOutputPossible();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_set_limits")]
    public static int SetLimits(ulong port, Limits* limits)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Port found = HandleTable.Get<PortHandle>(port, HandleKind.Port).Port;
            found.SetLimitsAsync(Of(Versioned.Read(limits))).GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_resize")]
    public static int Resize(ulong port, ushort columns, ushort rows)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            HandleTable.Get<PortHandle>(port, HandleKind.Port).Port.ResizeAsync(new ConsoleSize(columns, rows)).GetAwaiter().GetResult();
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_port_stats")]
    public static int Stats(ulong port, PortStats* stats)
    {
        try
        {
            Port found = HandleTable.Get<PortHandle>(port, HandleKind.Port).Port;
            Versioned.Write(
                new PortStats
                {
                    GuestOpen = found.IsGuestOpen ? 1U : 0,
                    HostOpen = found.IsHostOpen ? 1U : 0,
                    BytesToHost = found.Counters.BytesToHost,
                    BytesToGuest = found.Counters.BytesToGuest,
                    BytesDiscarded = found.Counters.BytesDiscarded,
                    GuestOpens = found.Counters.GuestOpens,
                },
                stats);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    private static ulong Add(DeviceHandle device, in PortConfig config)
    {
        Versioned.ThrowIfUnknown(config.Flags, ConsoleFlag | Closed | Discard | Keep, "flags");
        Versioned.ThrowIfUnknown(config.Reserved, 0, "reserved");
        bool isConsole = (config.Flags & ConsoleFlag) != 0;
        string? name = Text.Optional(config.Name);
        if (name is null && !isConsole)
        {
            throw new AbiException(ErrorCode.Argument, "name: NULL");
        }

        PortLimits limits = config.Limits == null ? PortLimits.None : Of(Versioned.Read(config.Limits));
        IHostEndpoint endpoint = Endpoint(config);
        try
        {
            return device.AddPort(new PortOptions(name ?? "", endpoint, isConsole)
            {
                Limits = limits,
                Id = config.Number == 0 ? null : (int)Math.Min(config.Number, int.MaxValue),
                WhenHostClosed = (config.Flags & Discard) != 0 ? HostClosedPolicy.Discard : HostClosedPolicy.Hold,
                WhenClientLeaves = (config.Flags & Keep) != 0 ? DisconnectPolicy.Keep : DisconnectPolicy.Discard,
            });
        }
        catch
        {
            endpoint.Dispose();
            throw;
        }
    }

    private static PortLimits Of(in Limits limits)
    {
        Versioned.ThrowIfUnknown(limits.Reserved, 0, "limits: reserved");
        return new(Rate(limits.ToHostBytes, limits.ToHostMessages), Rate(limits.ToGuestBytes, limits.ToGuestMessages));
    }

    // More than can be is as good as no limit.
    private static RateLimit Rate(ulong bytes, ulong messages) => new((long)Math.Min(bytes, long.MaxValue), (long)Math.Min(messages, long.MaxValue));

    private static IHostEndpoint Endpoint(in PortConfig config) => config.Endpoint switch
    {
        1 => Descriptor(config.Fd),
        2 => new UnixListenEndpoint(Text.Required(config.Path, "path")),
        3 => Callbacks(config),
        4 => new EchoEndpoint(),
        5 => new NullEndpoint(),
        _ => throw new AbiException(ErrorCode.Argument, $"endpoint: {config.Endpoint} is none"),
    };

    private static FdEndpoint Descriptor(int fd)
    {
        Interop.OwnedFd duplicate = Given.Duplicate(fd, "fd");
        try
        {
            return new FdEndpoint(duplicate);
        }
        catch
        {
            duplicate.Dispose();
            throw;
        }
    }

    private static CallbackEndpoint Callbacks(in PortConfig config)
    {
        Given.Out(config.Operations, "ops");
        EndpointOperations operations = Versioned.Read(config.Operations);
        Versioned.ThrowIfUnknown(operations.Reserved, 0, "ops: reserved");
        return new CallbackEndpoint(operations, config.User, isOpen: (config.Flags & Closed) == 0);
    }
}
