using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>
/// Log lines about who opened which port, who was turned away, and who left. Of those that are turned away a port has one line in ten seconds, and then one that says how
/// many there were: whoever hammers on it does not fill the log.
/// </summary>
internal sealed class AuditLog
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly string _guest;
    private readonly ILogger _logger;
    private readonly Worker _worker;
    private readonly Dictionary<Port, Entry> _ports = []; // Those with a client, or whose window is open. The worker's.
    private readonly TimeSpan _window;

    private AuditLog(ConsoleDevice device, string guest, ILogger logger, TimeSpan window)
    {
        (_guest, _logger, _worker, _window) = (guest, logger, device.Worker, window);
        device.PortChanged += Changed;
    }

    /// <summary>Begins to.</summary>
    /// <param name="device">Whose ports.</param>
    /// <param name="guest">What the lines call it.</param>
    /// <param name="logger">Where they go.</param>
    /// <param name="window">The time for which a port has one line of those turned away; null: ten seconds.</param>
    public static void Keep(ConsoleDevice device, string guest, ILogger logger, TimeSpan? window = null) => _ = new AuditLog(device, guest, logger, window ?? Window);

    private void Changed(PortEvent change)
    {
        switch (change)
        {
            case { Kind: PortEventKind.ClientAccepted, Port: { } port, Detail: { } who }:
                EntryOf(port).Client = who;
                _logger.LogClientAccepted(_guest, NameOf(port), who);
                break;
            case { Kind: PortEventKind.ClientRefused, Port: { } port, Detail: { } who }:
                Refused(port, who);
                break;
            case { Kind: PortEventKind.HostClosed or PortEventKind.Removed, Port: { } port }:
                Left(port);
                break;
        }
    }

    private void Left(Port port)
    {
        if (_ports.TryGetValue(port, out Entry? entry) && entry.Client is { } who)
        {
            entry.Client = null;
            _logger.LogClientLeft(_guest, NameOf(port), who);
            ForgetIfIdle(port, entry);
        }
    }

    private void Refused(Port port, string who)
    {
        Entry entry = EntryOf(port);
        entry.LastRefused = who;
        if (entry.IsWindowOpen)
        {
            entry.Suppressed++;
            return;
        }

        _logger.LogClientRefused(_guest, NameOf(port), who);
        OpenWindow(port, entry);
    }

    private void OpenWindow(Port port, Entry entry)
    {
        entry.IsWindowOpen = true;
        _worker.RunAfter(_window, () => CloseWindow(port, entry));
    }

    private void CloseWindow(Port port, Entry entry)
    {
        entry.IsWindowOpen = false;
        if (entry.Suppressed > 0)
        {
            _logger.LogClientsRefused(_guest, NameOf(port), entry.Suppressed, entry.LastRefused);
            entry.Suppressed = 0;
            OpenWindow(port, entry); // It goes on, most likely.
        }

        ForgetIfIdle(port, entry);
    }

    private Entry EntryOf(Port port)
    {
        if (!_ports.TryGetValue(port, out Entry? entry))
        {
            _ports.Add(port, entry = new Entry());
        }

        return entry;
    }

    private void ForgetIfIdle(Port port, Entry entry)
    {
        if (entry is { Client: null, IsWindowOpen: false })
        {
            _ports.Remove(port);
        }
    }

    private static string NameOf(Port port) => port.Name.Length > 0 ? port.Name : "console";

    private sealed class Entry
    {
        public string? Client { get; set; }

        public bool IsWindowOpen { get; set; }

        public ulong Suppressed { get; set; }

        public string LastRefused { get; set; } = "";
    }
}
