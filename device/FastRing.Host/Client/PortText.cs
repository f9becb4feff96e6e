using System.Globalization;
using FastRing.Host.Management.Contract;

namespace FastRing.Host.Client;

/// <summary>Ports in words.</summary>
internal static class PortText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>GUEST/NAME.</summary>
    public static string Path(PortState port) => $"{port.Guest}/{Name(port)}";

    public static string Name(PortState port) => port.Name.Length > 0 ? port.Name : port.IsConsole ? "console" : $"{port.Id}";

    /// <summary>"open", or what it waits for.</summary>
    public static string State(GuestState guest, PortState port) => port.Waits switch
    {
        "nothing" => "open",
        "driver" when !guest.IsConnected => "waits for a VMM",
        _ => Waits(port),
    };

    /// <summary>"open", or what the port waits for, as far as it knows itself.</summary>
    public static string Waits(PortState port) => port.Waits switch
    {
        "nothing" => "open",
        "driver" => "waits for the guest's driver",
        "guestPort" => "waits for the guest's port",
        "guestOpen" => "waits for the guest to open it",
        "hostOpen" => "waits for a client on the host",
        string other => other,
    };

    /// <summary>512 B, 1.5 KiB, 12.0 MiB: three or four characters and a unit.</summary>
    public static string Bytes(double count)
    {
        int unit = 0;
        for (; count >= 1024 && unit < Units.Length - 1; unit++)
        {
            count /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(count, unit == 0 ? 0 : 1)} {Units[unit]}");
    }
}
