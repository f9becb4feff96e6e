using System.Globalization;
using FastRing.Console;
using FastRing.Console.Endpoints;

namespace FastRing.Host.Serving;

/// <summary>The console device a guest's configuration describes, checked.</summary>
internal static class GuestDevice
{
    /// <summary>What the guest's ports are to be: the console, which has no name, first.</summary>
    public static IReadOnlyList<PortConfig> Ports(GuestConfig config) =>
        config.Console is { } backend ? [new PortConfig { Name = "", Backend = backend }, .. config.Ports] : config.Ports;

    /// <summary>Reads the configuration.</summary>
    /// <param name="config">The guest.</param>
    /// <param name="endpointOf">The host's end of each port.</param>
    /// <exception cref="UsageException">It says something that means nothing. What contradicts itself: see <see cref="ConsoleOptions.WhyInvalid()"/>.</exception>
    public static ConsoleOptions Of(GuestConfig config, Func<PortConfig, IHostEndpoint> endpointOf) => new()
    {
        Name = config.DisplayName,
        MaxPorts = config.MaxPorts,
        Ports = [.. Ports(config).Select(p => PortOf(config, p, endpointOf(p)))],
        EventIndex = config.EventIndex,
        IndirectDescriptors = config.IndirectDescriptors,
        PackedRing = config.PackedRing,
        AccessPlatform = config.AccessPlatform,
        OrderPlatform = config.OrderPlatform,
        ResizeOrder = config.ResizeOrder switch
        {
            "rowsFirst" => ResizeOrder.RowsFirst,
            "columnsFirst" => ResizeOrder.ColumnsFirst,
            _ => throw Wrong(config, "resizeOrder", $"unknown resize order '{config.ResizeOrder}': expected rowsFirst or columnsFirst"),
        },
        Restored = config.Restored switch
        {
            "resume" => RestoredPolicy.Resume,
            "restart" => RestoredPolicy.Restart,
            _ => throw Wrong(config, "restored", $"unknown restored '{config.Restored}': expected resume or restart"),
        },
    };

    /// <summary>Reads what is said of one port.</summary>
    /// <exception cref="UsageException">It means nothing; the member is a path within the port.</exception>
    public static PortOptions PortOf(GuestConfig guest, PortConfig port, IHostEndpoint endpoint)
    {
        bool isConsole = port.Name.Length == 0;
        return new PortOptions(port.Name, endpoint, isConsole)
        {
            Id = port.Id,
            Limits = LimitsOf(guest, port),
            WhenHostClosed = port.WhenHostClosed switch
            {
                "hold" => HostClosedPolicy.Hold,
                "discard" => HostClosedPolicy.Discard,
                _ => throw Wrong(guest, port, "whenHostClosed", $"unknown whenHostClosed '{port.WhenHostClosed}': expected hold or discard"),
            },
            WhenClientLeaves = port.WhenClientLeaves switch
            {
                "discard" => DisconnectPolicy.Discard,
                "keep" => DisconnectPolicy.Keep,
                null => port.Backend.StartsWith("file:", StringComparison.Ordinal) ? DisconnectPolicy.Keep : DisconnectPolicy.Discard,
                _ => throw Wrong(guest, port, "whenClientLeaves", $"unknown whenClientLeaves '{port.WhenClientLeaves}': expected discard or keep"),
            },
            Size = isConsole ? SizeOf(guest) : null,
        };
    }

    /// <summary>Reads what may pass a port.</summary>
    /// <exception cref="UsageException">A figure is none; the member is a path within the port.</exception>
    public static PortLimits LimitsOf(GuestConfig guest, PortConfig port) =>
        new(LimitOf(guest, port, "toHost", port.Limits?.ToHost), LimitOf(guest, port, "toGuest", port.Limits?.ToGuest));

    /// <summary>Reads the size of the console's terminal; null: nothing is said about it.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static ConsoleSize? SizeOf(GuestConfig config)
    {
        if (config.ConsoleSize is not { } text)
        {
            return null;
        }

        string[] parts = text.Split('x');
        return parts.Length == 2 && IsNumber(parts[0], out ushort columns) && IsNumber(parts[1], out ushort rows)
            ? new ConsoleSize(columns, rows)
            : throw Wrong(config, "consoleSize", $"unknown console size '{text}': expected COLUMNSxROWS, for example 80x24");

        static bool IsNumber(string text, out ushort number) =>
            ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
    }

    private static RateLimit LimitOf(GuestConfig guest, PortConfig port, string way, RateConfig? rate) => rate is null
        ? RateLimit.None
        : new RateLimit(
            Figure(guest, port, $"limits.{way}.bytesPerSecond", rate.BytesPerSecond, "bytes"),
            Figure(guest, port, $"limits.{way}.messagesPerSecond", rate.MessagesPerSecond, "messages"));

    private static long Figure(GuestConfig guest, PortConfig port, string member, long? figure, string unit) => figure < 1
        ? throw Wrong(guest, port, member, string.Create(CultureInfo.InvariantCulture, $"a limit is 1 or more {unit} a second, not {figure}"))
        : figure ?? 0;

    private static UsageException Wrong(GuestConfig guest, PortConfig port, string member, string why) => Wrong(guest, member, $"port '{port.Name}': {why}");

    private static UsageException Wrong(GuestConfig guest, string member, string why) => new(guest.ErrorPrefix + why) { Member = member };
}
