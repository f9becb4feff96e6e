using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Native.Callbacks;
using FastRing.Native.Handles;
using FastRing.Native.Layout;
using FastRing.VhostUser.Backend;

namespace FastRing.Native.Exports;

/// <summary>Devices served over vhost-user.</summary>
internal static unsafe class BackendExports
{
    [UnmanagedCallersOnly(EntryPoint = "fr_backend_create")]
    public static int Create(ulong device, BackendConfig* config, ulong* backend)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            Given.Out(backend, "backend");
            DeviceHandle served = HandleTable.Get<DeviceHandle>(device, HandleKind.Device);
            *backend = Add(served, Versioned.Read(config));
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_backend_destroy")]
    public static int Destroy(ulong backend)
    {
        try
        {
            CallbackScope.ThrowIfInside();
            BackendHandle found = HandleTable.Get<BackendHandle>(backend, HandleKind.Backend);
            found.Device.RemoveBackend(found);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "fr_backend_stats")]
    public static int Stats(ulong backend, BackendStats* stats)
    {
        try
        {
            VhostUserBackend found = HandleTable.Get<BackendHandle>(backend, HandleKind.Backend).Backend;
            BackendCounters counters = found.Counters;
            Versioned.Write(
                new BackendStats
                {
                    Connected = found.IsConnected ? 1U : 0,
                    Sessions = counters.Sessions,
                    Messages = counters.Messages,
                    Rejected = Rejected(counters),
                    BrokenQueues = counters.BrokenQueues,
                    LostMemories = counters.LostMemories,
                    Notifications = counters.Notifications,
                },
                stats);
            return 0;
        }
        catch (Exception e)
        {
            return Failure.Of(e);
        }
    }

    private static ulong Add(DeviceHandle device, in BackendConfig config)
    {
        string? path = Text.Optional(config.Path);
        OwnedFd socket = path is null ? Given.Duplicate(config.Fd, "fd") : UnixSocket.Listen(path);
        VhostUserBackend? made = null;
        try
        {
            made = new VhostUserBackend(device.Device.Worker, device.Device, socket, Text.Optional(config.Name) ?? path ?? $"fd {config.Fd}", LogSink.Shared);
            return device.AddBackend(made, path);
        }
        catch
        {
            made?.Dispose();
            socket.Dispose();
            BackendHandle.RemoveFile(path);
            throw;
        }
    }

    private static ulong Rejected(BackendCounters counters)
    {
        ulong rejected = 0;
        foreach (RejectionReason reason in Enum.GetValues<RejectionReason>())
        {
            rejected += counters.Rejected(reason);
        }

        return rejected;
    }
}
