using System.Diagnostics;
using System.Globalization;

namespace FastRing.Guest;

/// <summary>The ports of this guest, by name. Works with and without udev, and without /sys where udev's links are there.</summary>
/// <remarks>
/// Linux only. The kernel's list is /sys/class/virtio-ports; the file of vport0p1 is /dev/vport0p1. Where /sys is not mounted, as in some
/// containers, a port is found by the link /dev/virtio-ports/NAME.
/// </remarks>
public sealed class GuestPorts
{
    /// <summary>How long a port that is there may refuse to open: udev may not have set its permissions, or its last user not have let go.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string _devices;
    private readonly string _links;
    private readonly string _class;
    private readonly string _debug;

    /// <summary>Ports below another root than "/".</summary>
    internal GuestPorts(string root)
    {
        _devices = Path.Combine(root, "dev");
        _links = Path.Combine(_devices, "virtio-ports");
        _class = Path.Combine(root, "sys/class/virtio-ports");
        _debug = Path.Combine(root, "sys/kernel/debug/virtio-ports");
    }

    /// <summary>The ports of the guest this program runs in.</summary>
    public static GuestPorts Here { get; } = new("/");

    /// <summary>All ports that have a file now, in the order of their numbers. Empty when the guest has no virtio console.</summary>
    public IReadOnlyList<GuestPort> List()
    {
        List<GuestPort> ports = [];
        foreach (string folder in Folders())
        {
            if (Read(folder) is { } port)
            {
                ports.Add(port);
            }
        }

        ports.Sort((a, b) => (a.DeviceIndex, a.Number).CompareTo((b.DeviceIndex, b.Number)));
        return ports;
    }

    /// <summary>The port of that name, or null when there is none now.</summary>
    /// <param name="name">As the host gave it.</param>
    /// <exception cref="ArgumentException">No port can have that name: it is empty or has a slash or a control character.</exception>
    public GuestPort? Find(string name)
    {
        ThrowIfImpossible(name);
        return List().FirstOrDefault(port => port.Name == name) ?? ByLink(name);
    }

    /// <summary>Waits until a port of that name has appeared, with a file.</summary>
    /// <param name="name">As the host gave it.</param>
    /// <param name="timeout">From now; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="TimeoutException">It did not appear.</exception>
    /// <exception cref="ArgumentException">As <see cref="Find"/>.</exception>
    public async Task<GuestPort> FindAsync(string name, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ThrowIfImpossible(name);
        long start = Stopwatch.GetTimestamp();
        using PortWatch watch = new(_devices);
        while (true)
        {
            if (Find(name) is { } port)
            {
                return port;
            }

            ThrowIfOver(name, start, timeout);
            await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a port of that name has appeared and opens it.</summary>
    /// <param name="name">As the host gave it.</param>
    /// <param name="timeout">As <see cref="FindAsync"/>. A port that is there, but busy or not permitted, is tried for 5 s at most.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="TimeoutException">It did not appear.</exception>
    /// <exception cref="PortBusyException">Somebody else has it open and keeps it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file's permissions do not let this user.</exception>
    /// <exception cref="ArgumentException">As <see cref="Find"/>.</exception>
    public async Task<GuestChannel> OpenAsync(string name, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ThrowIfImpossible(name);
        long start = Stopwatch.GetTimestamp();
        long? refused = null;
        using PortWatch watch = new(_devices);
        while (true)
        {
            try
            {
                if (Find(name) is { } port)
                {
                    return port.Open();
                }

                refused = null;
            }
            catch (PortRemovedException)
            {
                refused = null;
            }
            catch (Exception e) when (e is PortBusyException or UnauthorizedAccessException)
            {
                refused ??= Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(refused.Value) >= Grace || IsOver(start, timeout))
                {
                    throw;
                }
            }

            ThrowIfOver(name, start, timeout);
            await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsOver(long start, TimeSpan timeout) => timeout >= TimeSpan.Zero && Stopwatch.GetElapsedTime(start) >= timeout;

    private static void ThrowIfOver(string name, long start, TimeSpan timeout)
    {
        if (IsOver(start, timeout))
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no port '{name}' appeared within {timeout.TotalSeconds:0.###} s"));
        }
    }

    private static void ThrowIfImpossible(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.Contains('/') || name.Any(char.IsControl))
        {
            throw new ArgumentException("a port's name has no slash and no control character", nameof(name));
        }
    }

    private string[] Folders()
    {
        try
        {
            return Directory.GetFileSystemEntries(_class);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // vport0p1; null for anything else, and for a port without a file.
    private GuestPort? Read(string folder)
    {
        string device = Path.GetFileName(folder);
        string[] numbers = device.StartsWith("vport", StringComparison.Ordinal) ? device[5..].Split('p') : [];
        if (numbers.Length != 2
            || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || !int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return null;
        }

        // The kernel ends the name with one newline. A port without a name has no such file.
        string text = TextOf(Path.Combine(folder, "name")) ?? "";
        string name = text.EndsWith('\n') ? text[..^1] : text;
        return FileOf(device, name) is { } file ? new GuestPort(name, file, index, number, IsHostConnected(device)) : null;
    }

    private string? FileOf(string device, string name)
    {
        string file = Path.Combine(_devices, device);
        if (File.Exists(file))
        {
            return file;
        }

        // A container may have been given the link's name alone.
        string link = Path.Combine(_links, name);
        return name.Length > 0 && !name.Contains('/') && File.Exists(link) ? link : null;
    }

    private GuestPort? ByLink(string name)
    {
        string link = Path.Combine(_links, name);
        return !Directory.Exists(_class) && File.Exists(link) ? new GuestPort(name, link, 0, 0, null) : null;
    }

    private bool? IsHostConnected(string device)
    {
        const string Key = "host_connected: ";
        string? state = TextOf(Path.Combine(_debug, device));
        int at = state?.IndexOf(Key, StringComparison.Ordinal) ?? -1;
        return at < 0 ? null : state.AsSpan(at + Key.Length).StartsWith("1");
    }

    // A port may go while it is being looked at.
    private static string? TextOf(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
