using FastRing.Console;
using FastRing.Host.Management.Contract;
using FastRing.Host.Serving;

namespace FastRing.Host.Management;

/// <summary>What has to happen so that the guests there are become the guests that are wanted. Both are known to be possible.</summary>
internal sealed class ReloadPlan
{
    private readonly List<string> _added = [];
    private readonly List<string> _removed = [];
    private readonly List<string> _changed = [];
    private readonly List<OpenedPort> _openedPorts = [];
    private int _unchanged;

    public ReloadPlan(IReadOnlyList<ServedGuest> current, IReadOnlyList<GuestConfig> wanted)
    {
        Dictionary<string, GuestConfig> byName = wanted.ToDictionary(g => g.DisplayName);
        foreach (ServedGuest guest in current)
        {
            Compare(guest, byName.GetValueOrDefault(guest.Config.DisplayName));
        }

        foreach (GuestConfig guest in wanted.ExceptBy(current.Select(g => g.Config.DisplayName), g => g.DisplayName))
        {
            _added.Add(guest.DisplayName);
            OpenedGuests.Add(guest);
        }
    }

    /// <summary>Guests that are no longer wanted, or not as they are.</summary>
    public List<ServedGuest> ClosedGuests { get; } = [];

    /// <summary>Ports that are no longer wanted, or not as they are.</summary>
    public List<(ServedGuest Guest, ServedPort Port)> ClosedPorts { get; } = [];

    /// <summary>Ports that may pass something else from now on.</summary>
    public List<(ServedGuest Guest, ServedPort Port, LimitsConfig? Limits)> Limits { get; } = [];

    /// <summary>Consoles with another size.</summary>
    public List<(ServedPort Port, ConsoleSize Size)> Sizes { get; } = [];

    /// <summary>Ports to open when all that goes has gone: those with a number of their own first, before another takes it.</summary>
    public IEnumerable<OpenedPort> OpenedPorts => _openedPorts.OrderBy(p => p.Config.Id is null);

    /// <summary>Guests to open when all that goes has gone.</summary>
    public List<GuestConfig> OpenedGuests { get; } = [];

    /// <summary>Names of guests of which anything changes.</summary>
    public HashSet<string> Touched { get; } = [];

    public ReloadResult Result => new(_added, _removed, _changed, _unchanged);

    /// <summary>What a port is called in the result.</summary>
    public static string Name(ServedGuest guest, string port) => $"{guest.Config.DisplayName}/{(port.Length > 0 ? port : ServedPort.ConsoleName)}";

    /// <summary>What was not to be had is neither added nor changed.</summary>
    /// <param name="name">What it is called in the result.</param>
    /// <param name="isGone">Nor is it as it was.</param>
    public void Withdraw(string name, bool isGone)
    {
        _added.Remove(name);
        _changed.Remove(name);
        if (isGone)
        {
            _removed.Add(name);
        }
    }

    private void Compare(ServedGuest guest, GuestConfig? wanted)
    {
        string name = guest.Config.DisplayName;
        if (wanted is null)
        {
            _removed.Add(name);
            ClosedGuests.Add(guest);
        }
        else if (!wanted.IsSameDevice(guest.Config))
        {
            _changed.Add(name);
            Touched.Add(name);
            ClosedGuests.Add(guest);
            OpenedGuests.Add(wanted);
        }
        else
        {
            ComparePorts(guest, wanted);
        }
    }

    private void ComparePorts(ServedGuest guest, GuestConfig wanted)
    {
        int before = _added.Count + _removed.Count + _changed.Count;
        Dictionary<string, PortConfig> byName = GuestDevice.Ports(wanted).ToDictionary(p => p.Name);
        foreach (ServedPort port in guest.Ports)
        {
            Compare(guest, port, byName.GetValueOrDefault(port.Port.Name), wanted);
        }

        foreach (PortConfig port in byName.Values.ExceptBy(guest.Ports.Select(p => p.Port.Name), p => p.Name))
        {
            _added.Add(Name(guest, port.Name));
            _openedPorts.Add(new OpenedPort(guest, port, null));
        }

        if (_added.Count + _removed.Count + _changed.Count > before)
        {
            Touched.Add(guest.Config.DisplayName);
        }
    }

    private void Compare(ServedGuest guest, ServedPort port, PortConfig? wanted, GuestConfig wantedGuest)
    {
        string name = Name(guest, port.Port.Name);
        if (wanted is null)
        {
            _removed.Add(name);
            ClosedPorts.Add((guest, port));
        }
        else if (!wanted.IsSamePort(port.Config) || (wanted.Id ?? port.Port.Id) != port.Port.Id)
        {
            _changed.Add(name);
            ClosedPorts.Add((guest, port));
            _openedPorts.Add(new OpenedPort(guest, wanted with { Id = wanted.Id ?? port.Port.Id }, port.Config with { Id = port.Port.Id }));
        }
        else if (ChangeInPlace(guest, port, wanted, wantedGuest))
        {
            _changed.Add(name);
        }
        else
        {
            _unchanged++;
        }
    }

    private bool ChangeInPlace(ServedGuest guest, ServedPort port, PortConfig wanted, GuestConfig wantedGuest)
    {
        bool otherLimits = !Equals(wanted.Limits ?? new LimitsConfig(), port.Config.Limits ?? new LimitsConfig());
        if (otherLimits)
        {
            Limits.Add((guest, port, wanted.Limits));
        }

        if (port.Port.IsConsole && GuestDevice.SizeOf(wantedGuest) is { } size && port.Port.Size != size)
        {
            Sizes.Add((port, size));
            return true;
        }

        return otherLimits;
    }
}
