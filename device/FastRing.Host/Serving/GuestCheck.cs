using System.Globalization;
using FastRing.Console;
using FastRing.Console.Endpoints;

namespace FastRing.Host.Serving;

/// <summary>What is wrong with a guest's configuration, told before anything is opened.</summary>
internal static class GuestCheck
{
    /// <summary>The kick and call messages have 8 bits for the queue, and a port takes two: ports 0 to 126 (vhost-user, "Message types").</summary>
    public const int VhostUserPorts = 126;

    /// <summary>Looks at all of it.</summary>
    /// <returns>Places are paths within the guest, such as <c>ports[1].name</c>.</returns>
    public static IReadOnlyList<ConfigProblem> Of(GuestConfig config)
    {
        List<ConfigProblem> problems = [.. Itself(config)];
        for (int i = 0; i < config.Ports.Count; i++)
        {
            problems.AddRange(OfPort(config, config.Ports[i]).Select(p => p.Within(Port(i))));
        }

        problems.AddRange(Twice(config, p => p.Name.Length > 0 ? p.Name : null, "name", name => $"port name '{name}' is used twice"));
        problems.AddRange(Twice(config, p => p.Id?.ToString(CultureInfo.InvariantCulture), "id", id => $"port number {id} is used twice"));
        if (problems.Count == 0 && WhyInvalid(config) is { } why)
        {
            problems.Add(new ConfigProblem("ports", config.ErrorPrefix + why));
        }

        return problems;
    }

    /// <summary>Looks at one port, apart from the others.</summary>
    /// <returns>Places are paths within the port.</returns>
    public static IEnumerable<ConfigProblem> OfPort(GuestConfig config, PortConfig port)
    {
        string about = $"{config.ErrorPrefix}port '{port.Name}': ";
        if (port.Name.Length == 0)
        {
            return [new ConfigProblem("name", $"{config.ErrorPrefix}a port has no name (backend {port.Backend})")];
        }

        if (port.Name == ServedPort.ConsoleName && config.Console is not null)
        {
            return [new ConfigProblem("name", $"{about}that is what the guest's console is called here")];
        }

        if (Backend(port.Backend) is { } backend)
        {
            return [new ConfigProblem("backend", about + backend)];
        }

        if (port.Id > VhostUserPorts)
        {
            return [new ConfigProblem("id", $"{about}vhost-user reaches numbers up to {VhostUserPorts}, not {port.Id}")];
        }

        // The device's own rules, for this port alone.
        string member = PortName.WhyInvalid(port.Name) is null ? "id" : "name";
        var alone = new GuestConfig { Name = config.Name, MaxPorts = Room(config), Ports = [port] };
        try
        {
            return WhyInvalid(alone) is { } why ? [new ConfigProblem(member, config.ErrorPrefix + why)] : [];
        }
        catch (UsageException e)
        {
            return [new ConfigProblem(e)];
        }
    }

    /// <summary>What this process has only one of: its standard input and output, an inherited descriptor.</summary>
    public static bool IsSingle(string backend) => backend == "stdio" || backend.StartsWith("fd:", StringComparison.Ordinal);

    /// <summary>Where the guest has a port on something that there is only one of.</summary>
    public static IEnumerable<(string Place, string Backend)> Singles(GuestConfig config) => Backends(config).Where(b => IsSingle(b.Backend));

    /// <summary>The sockets and links its ports' backends make; a backend that is wrong makes none.</summary>
    public static IEnumerable<(string Place, string Path)> MadePaths(GuestConfig config) =>
        Backends(config).Select(b => (b.Place, Path: Parsed(b.Backend, out _)?.MadePath!)).Where(m => m.Path is not null);

    /// <summary>The place of a port in its guest; the console's has no name.</summary>
    public static string PlaceOf(GuestConfig config, string port) => port.Length == 0 ? "console" : Port(config.Ports.ToList().FindIndex(p => p.Name == port));

    private static string Port(int index) => string.Create(CultureInfo.InvariantCulture, $"ports[{index}]");

    private static IEnumerable<(string Place, string Backend)> Backends(GuestConfig config)
    {
        IEnumerable<(string Place, string Backend)> ports = config.Ports.Select((p, i) => ($"{Port(i)}.backend", p.Backend));
        return config.Console is { } console ? ports.Prepend(("console", console)) : ports;
    }

    /// <summary>What is said of the guest as a whole.</summary>
    private static IEnumerable<ConfigProblem> Itself(GuestConfig config)
    {
        string prefix = config.ErrorPrefix;
        if (config.Name is { } name && PortName.WhyInvalid(name) is not null)
        {
            yield return new ConfigProblem("name", $"{prefix}a guest's name has 1 to {PortName.MaxLength} printable ASCII characters without space and '/'");
        }

        if (config.SocketPath is { Length: > 0 } path && SocketPath.WhyInvalid(path) is { } invalid)
        {
            yield return new ConfigProblem("socketPath", $"{prefix}{invalid}");
        }

        // No file, so no mode either: every local user could connect.
        if (config.SocketPath?.StartsWith('@') == true)
        {
            yield return new ConfigProblem("socketPath", $"{prefix}{config.SocketPath} is an abstract socket, which has no permissions; give a path");
        }

        if (config.Protocol is not (GuestConfig.VhostUser or GuestConfig.VfioUser))
        {
            yield return new ConfigProblem("protocol", $"{prefix}unknown protocol '{config.Protocol}': expected {GuestConfig.VhostUser} or {GuestConfig.VfioUser}");
        }

        foreach (ConfigProblem problem in Policies(config))
        {
            yield return problem;
        }

        if (config.Console is { } console && (Backend(console) ?? WhyNoConsole(console)) is { } backend)
        {
            yield return new ConfigProblem("console", $"{prefix}console: {backend}");
        }

        if (config is { ConsoleSize: not null, Console: null })
        {
            yield return new ConfigProblem("consoleSize", $"{prefix}a console size goes with a console");
        }

        if (config.Ports.Count > VhostUserPorts)
        {
            yield return new ConfigProblem("ports", $"{prefix}vhost-user numbers 256 queues: {VhostUserPorts} named ports and a console");
        }
    }

    private static IEnumerable<ConfigProblem> Policies(GuestConfig config)
    {
        foreach (Action check in (Action[])[() => GuestPolicies.Of(config), () => ThrowIfInvalid(config with { Ports = [], Console = config.Console is null ? null : "null" })])
        {
            ConfigProblem? problem = null;
            try
            {
                check();
            }
            catch (UsageException e)
            {
                problem = new ConfigProblem(e);
            }

            if (problem is not null)
            {
                yield return problem.Value;
            }
        }
    }

    /// <summary>The rules of the device without ports.</summary>
    private static void ThrowIfInvalid(GuestConfig config)
    {
        if (WhyInvalid(config) is { } why)
        {
            throw new UsageException(config.ErrorPrefix + why) { Member = "maxPorts" };
        }
    }

    /// <summary>So many that one port fits, whatever was said.</summary>
    private static int Room(GuestConfig config) => WhyInvalid(new GuestConfig { MaxPorts = config.MaxPorts }) is null ? Math.Max(config.MaxPorts, 2) : VhostUserPorts + 1;

    private static string? WhyInvalid(GuestConfig config)
    {
        using var none = new NullEndpoint();
        return GuestDevice.Of(config, _ => none).WhyInvalid();
    }

    private static string? Backend(string text)
    {
        Parsed(text, out string? why);
        return why;
    }

    private static string? WhyNoConsole(string backend) =>
        Serving.Backend.Parse(backend) is { IsForSerialPorts: true } parsed ? $"backend '{backend}': a console's guest does not wait, which {parsed.Kind} needs: it is for ports" : null;

    private static Backend? Parsed(string text, out string? why)
    {
        try
        {
            why = null;
            return Serving.Backend.Parse(text);
        }
        catch (UsageException e)
        {
            why = e.Message;
            return null;
        }
    }

    private static IEnumerable<ConfigProblem> Twice(GuestConfig config, Func<PortConfig, string?> keyOf, string member, Func<string, string> message)
    {
        var seen = new HashSet<string>();
        for (int i = 0; i < config.Ports.Count; i++)
        {
            if (keyOf(config.Ports[i]) is { } key && !seen.Add(key))
            {
                yield return new ConfigProblem($"{Port(i)}.{member}", config.ErrorPrefix + message(key));
            }
        }
    }
}
