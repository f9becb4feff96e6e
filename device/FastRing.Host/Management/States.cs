using System.Text.Json;
using FastRing.Console;
using FastRing.Console.Endpoints.Resumable;
using FastRing.Console.Ports;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;
using FastRing.VhostUser.Backend;

namespace FastRing.Host.Management;

/// <summary>What there is to tell of guests and ports. Read where it lies, on any thread: no worker is asked, however many ports there are.</summary>
internal static class States
{
    public static GuestState Of(ServedGuest guest)
    {
        ConsoleCounters counters = guest.Device.Counters;
        BackendCounters backend = guest.Backend.Counters;
        return new GuestState
        {
            Name = guest.Config.DisplayName,
            SocketPath = guest.Config.SocketPath,
            IsConnected = guest.Backend.IsConnected,
            IsDriverReady = guest.Device.IsDriverReady,
            Drivers = guest.Device.Drivers,
            Epoch = guest.Device.Epoch,
            MaxPorts = guest.Device.Ports.Count,
            MalformedControl = counters.ControlMalformed + counters.ControlUnknown,
            BrokenQueues = backend.BrokenQueues,
            Sessions = backend.Sessions,
            LostMemories = backend.LostMemories,
            RejectedMessages = Enum.GetValues<RejectionReason>().Where(r => backend.Rejected(r) > 0).ToDictionary(r => JsonNamingPolicy.CamelCase.ConvertName(r.ToString()), backend.Rejected),
            Ports = OfPorts(guest),
        };
    }

    public static PortState[] OfPorts(ServedGuest guest) => [.. guest.Ports.Select(p => Of(guest, p))];

    public static PortState Of(ServedGuest guest, ServedPort served)
    {
        Port port = served.Port;
        return new PortState
        {
            Guest = guest.Config.DisplayName,
            Name = port.Name,
            Id = port.Id,
            IsConsole = port.IsConsole,
            Backend = served.Config.Backend,
            Address = port.Address,
            IsReady = port.IsReady,
            HasFailed = port.HasFailed,
            IsGuestOpen = port.IsGuestOpen,
            IsHostOpen = port.IsHostOpen,
            Waits = Of(port.Waits),
            BytesToHost = port.Counters.BytesToHost,
            BytesToGuest = port.Counters.BytesToGuest,
            BytesDiscarded = port.Counters.BytesDiscarded,
            BytesUnacknowledged = port.UnacknowledgedBytes,
            GuestOpens = port.Counters.GuestOpens,
            Limits = served.Config.Limits,
            Session = (served.Endpoint as ResumableEndpoint)?.Status is { } session ? new SessionState(session.Session, session.IsConnected, session.ToHost, session.ToGuest) : null,
            Size = port.Size is { } size ? new TerminalSize(size.Columns, size.Rows) : null,
        };
    }

    private static string Of(PortWait wait) => wait switch
    {
        PortWait.Nothing => "nothing",
        PortWait.Driver => "driver",
        PortWait.GuestPort => "guestPort",
        PortWait.Failed => "failed",
        PortWait.GuestOpen => "guestOpen",
        PortWait.HostOpen => "hostOpen",
        _ => "removed",
    };
}
