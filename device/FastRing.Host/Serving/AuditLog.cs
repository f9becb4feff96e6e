using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.Workers;
using Microsoft.Extensions.Logging;

namespace FastRing.Host.Serving;

/// <summary>
/// Log lines about who opened which port, who was turned away, and who left. In ten seconds a port has one line of those that are turned away and ten of those that come, and
/// then one of each that says how many more there were: whoever hammers on it does not fill the log.
/// </summary>
internal sealed class AuditLog
{
    private const int MostAccepted = 10;
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
    /// <param name="window">The time for which a port has so few lines; null: ten seconds.</param>
    public static void Keep(ConsoleDevice device, string guest, ILogger logger, TimeSpan? window = null) => _ = new AuditLog(device, guest, logger, window ?? Window);

    private void Changed(PortEvent change)
    {
        switch (change)
        {
            case { Kind: PortEventKind.ClientAccepted, Port: { } port, Detail: { } who }:
                Accepted(port, who);
                break;
            case { Kind: PortEventKind.ClientRefused, Port: { } port, Detail: { } who }:
                Refused(port, who);
                break;
            case { Kind: PortEventKind.HostClosed or PortEventKind.Removed, Port: { } port }:
                Left(port);
                break;
        }
    }

    private void Accepted(Port port, string who)
    {
        Entry entry = EntryOf(port);
        entry.Client = who;
        entry.IsClientLogged = entry.Accepted < MostAccepted;
        if (entry.IsClientLogged)
        {
            _logger.LogClientAccepted(_guest, NameOf(port), who);
            entry.Accepted++;
        }
        else
        {
            entry.LastUnlogged = who;
            entry.Unlogged++;
        }

        OpenWindow(port, entry);
    }

    private void Left(Port port)
    {
        if (_ports.TryGetValue(port, out Entry? entry) && entry.Client is { } who)
        {
            entry.Client = null;
            if (entry.IsClientLogged)
            {
                _logger.LogClientLeft(_guest, NameOf(port), who);
            }

            ForgetIfIdle(port, entry);
        }
    }

    private void Refused(Port port, string who)
    {
        Entry entry = EntryOf(port);
        entry.LastRefused = who;
        if (entry.HasRefused)
        {
            entry.Suppressed++;
            return;
        }

        _logger.LogClientRefused(_guest, NameOf(port), who);
        entry.HasRefused = true;
        OpenWindow(port, entry);
    }

    private void OpenWindow(Port port, Entry entry)
    {
        if (!entry.IsWindowOpen)
        {
            entry.IsWindowOpen = true;
            _worker.RunAfter(_window, () => CloseWindow(port, entry));
        }
    }

    private void CloseWindow(Port port, Entry entry)
    {
        entry.IsWindowOpen = false;
        entry.HasRefused = entry.Suppressed > 0; // It goes on, most likely.
        entry.Accepted = entry.Unlogged > 0 ? MostAccepted : 0;
        if (entry.HasRefused || entry.Unlogged > 0)
        {
            OpenWindow(port, entry);
        }

        if (entry.Suppressed > 0)
        {
            _logger.LogClientsRefused(_guest, NameOf(port), entry.Suppressed, entry.LastRefused);
            entry.Suppressed = 0;
        }

        if (entry.Unlogged > 0)
        {
            _logger.LogClientsAccepted(_guest, NameOf(port), entry.Unlogged, entry.LastUnlogged);
            entry.Unlogged = 0;
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

        public bool IsClientLogged { get; set; }

        public bool IsWindowOpen { get; set; }

        public int Accepted { get; set; }

        public ulong Unlogged { get; set; }

        public string LastUnlogged { get; set; } = "";

        public bool HasRefused { get; set; }

        public ulong Suppressed { get; set; }

        public string LastRefused { get; set; } = "";
    }
}
