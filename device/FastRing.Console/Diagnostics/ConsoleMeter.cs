using System.Diagnostics.Metrics;
using FastRing.Console.Ports;
using FastRing.Diagnostics;

namespace FastRing.Console.Diagnostics;

/// <summary>What <see cref="FastRingMeter"/> shows of console devices and their ports.</summary>
internal static class ConsoleMeter
{
    private static readonly MeteredObjects<ConsoleDevice> s_devices = Create();

    public static void Add(ConsoleDevice device) => s_devices.Add(device);

    public static void Remove(ConsoleDevice device) => s_devices.Remove(device);

    /// <summary>The device's tag.</summary>
    public static KeyValuePair<string, object?> Device(ConsoleDevice device) => new("device", device.Name);

    /// <summary>The port's tag. A console may have no name: then its number.</summary>
    public static KeyValuePair<string, object?> Name(Port port) => new("port", port.Name.Length > 0 ? port.Name : $"{port.Id}");

    private static MeteredObjects<ConsoleDevice> Create()
    {
        var devices = new MeteredObjects<ConsoleDevice>();
        devices.Counter("fastring.device.drivers", "{driver}", "Drivers there have been: one more with every reset.", d => [new(d.Drivers, Device(d))]);
        devices.Counter("fastring.device.broken_queues", "{queue}", "Queues stopped because their ring was malformed.", d => [new((long)d.Counters.BrokenQueues, Device(d))]);
        devices.Counter("fastring.device.control_messages", "{message}", "Control messages, by what became of them.", Control);
        devices.UpDownCounter(
            "fastring.port.open", "{side}", "1 while that side has the port open.", d => Each(d, p => [Of(d, p, p.IsGuestOpen, "side", "guest"), Of(d, p, p.IsHostOpen, "side", "host")]));
        devices.Counter(
            "fastring.port.io", "By", "Bytes that passed a port.",
            d => Each(d, p => [Of(d, p, p.Counters.BytesToHost, "direction", "to_host"), Of(d, p, p.Counters.BytesToGuest, "direction", "to_guest")]));
        devices.Counter("fastring.port.discarded", "By", "Bytes of the guest that nobody took.", d => Each(d, p => [Of(d, p, p.Counters.BytesDiscarded)]));
        devices.UpDownCounter(
            "fastring.port.unacknowledged", "By", "Bytes in receive buffers the driver has not given back.", d => Each(d, p => [Of(d, p, p.UnacknowledgedBytes)]));
        devices.Gauge(
            "fastring.port.stalled", "s", "For how long the host's side has taken nothing of what the guest has sent; 0 while it does.",
            d => d.Ports.Where(static p => p.Endpoint is not null).Select(p => new Measurement<double>(p.StalledSeconds ?? 0, Device(d), Name(p))));
        devices.Counter("fastring.port.guest_opens", "{open}", "Times the guest opened a port.", d => Each(d, p => [Of(d, p, p.Counters.GuestOpens)]));
        devices.Counter(
            "fastring.port.clients", "{client}", "Clients of the host's side, let in or turned away.",
            d => Each(d, p => [Of(d, p, p.Counters.ClientsAccepted, "result", "accepted"), Of(d, p, p.Counters.ClientsRefused, "result", "refused")]));
        return devices;
    }

    private static IEnumerable<Measurement<long>> Control(ConsoleDevice device)
    {
        ConsoleCounters counters = device.Counters;
        return
        [
            Of(device, counters.ControlReceived, "received"), Of(device, counters.ControlMalformed, "malformed"), Of(device, counters.ControlUnknown, "unknown"),
            Of(device, counters.ControlSent, "sent"), Of(device, counters.ControlBuffersTooSmall, "too_small"),
        ];
    }

    /// <summary>Ports somebody was given; the others have nothing to tell.</summary>
    private static IEnumerable<Measurement<long>> Each(ConsoleDevice device, Func<Port, Measurement<long>[]> read) =>
        device.Ports.Where(static p => p.Endpoint is not null).SelectMany(read);

    private static Measurement<long> Of(ConsoleDevice device, ulong value, string result) => new((long)value, Device(device), new("result", result));

    private static Measurement<long> Of(ConsoleDevice device, Port port, ulong value) => new((long)value, Device(device), Name(port));

    private static Measurement<long> Of(ConsoleDevice device, Port port, ulong value, string key, string tag) =>
        new((long)value, Device(device), Name(port), new(key, tag));

    private static Measurement<long> Of(ConsoleDevice device, Port port, bool value, string key, string tag) => Of(device, port, value ? 1UL : 0, key, tag);
}
