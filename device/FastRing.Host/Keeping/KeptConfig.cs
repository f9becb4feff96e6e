using System.Text.Json;
using FastRing.Host.Management;
using FastRing.Host.Metrics;
using FastRing.Host.Sandbox;
using FastRing.Host.Serving;
using FastRing.Interop;
using Microsoft.Win32.SafeHandles;

namespace FastRing.Host.Keeping;

/// <summary>
/// The configuration in force, as a worker leaves it to the next: what file or command line said, and the API has changed since. It lies in a file in memory that the keeper holds, and does
/// not read.
/// </summary>
/// <remarks>Settable, as <see cref="GuestConfig"/> says.</remarks>
internal sealed record KeptConfig
{
    private const int MostBytes = 16 << 20;

    public IReadOnlyList<GuestConfig> Guests { get; set; } = [];

    /// <summary>The descriptor each guest's socket was inherited by, which a configuration file can't say.</summary>
    public IReadOnlyList<int?> Fds { get; set; } = [];

    public ApiConfig? Api { get; set; }

    public MetricsConfig? Metrics { get; set; }

    public SandboxConfig Sandbox { get; set; } = new();

    /// <summary>The configuration file, to be read again; null: there is none.</summary>
    public string? File { get; set; }

    public SandboxConfig? SandboxOfFile { get; set; }

    public MetricsConfig? MetricsOfFile { get; set; }

    public bool IsIsolated { get; set; }

    /// <summary>What it says, to a worker.</summary>
    public DaemonConfig Daemon => new(
        [.. Guests.Select((g, i) => g with { Fd = Fds.ElementAtOrDefault(i) })], Api, Sandbox, File is null ? null : new ConfigSource(File, "{}"u8.ToArray()))
    { SandboxOfFile = SandboxOfFile, Metrics = Metrics, MetricsOfFile = MetricsOfFile, IsIsolated = IsIsolated };

    /// <summary>What a daemon does now.</summary>
    /// <param name="config">What it was started with.</param>
    /// <param name="guests">Its guests, as they are now.</param>
    /// <param name="api">Its API, as it is now.</param>
    public static KeptConfig Of(DaemonConfig config, IReadOnlyList<GuestConfig> guests, ApiConfig? api) => new()
    {
        Guests = guests,
        Fds = [.. guests.Select(g => g.Fd)],
        Api = api,
        Sandbox = config.Sandbox,
        File = config.Source?.Path,
        SandboxOfFile = config.SandboxOfFile,
        Metrics = config.Metrics,
        MetricsOfFile = config.MetricsOfFile,
        IsIsolated = config.IsIsolated,
    };

    /// <summary>Writes it to a file in memory, which nobody can change from then on.</summary>
    public OwnedFd ToFile()
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, KeptJson.Default.KeptConfig);
        OwnedFd file = MemFd.Create("fastring-config", 0);
        int written = 0;
        while (written < json.Length)
        {
            nint more = file.Write(json.AsSpan(written));
            written += more > 0 ? (int)more : throw new LinuxException("write", (int)-more);
        }

        MemFd.AddSeals(file, FileSeals.Shrink | FileSeals.Grow | FileSeals.Write | FileSeals.Seal);
        return file;
    }

    /// <summary>Reads it, however often it was read before.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static KeptConfig Read(OwnedFd file)
    {
        try
        {
            ulong size = file.FileSize();
            byte[] json = new byte[size <= MostBytes ? (int)size : throw new UsageException("the configuration in force is too large")];
            using var handle = new SafeFileHandle(file.Fd, ownsHandle: false);
            for (int read = 0; read < json.Length;)
            {
                int more = RandomAccess.Read(handle, json.AsSpan(read), read);
                read += more > 0 ? more : throw new UsageException("the configuration in force became smaller");
            }

            return JsonSerializer.Deserialize(json, KeptJson.Default.KeptConfig) ?? throw new UsageException("the configuration in force is empty");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new UsageException($"the configuration in force can't be read: {e.Message}");
        }
    }
}
