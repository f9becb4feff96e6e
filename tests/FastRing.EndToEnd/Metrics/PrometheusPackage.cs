using FastRing.Host.Guests;
using FastRing.Qemu;

namespace FastRing.EndToEnd.Metrics;

/// <summary>Prometheus and promtool of Debian 12, fetched into the user's cache when first asked for: installed, it would be a service of this machine.</summary>
internal static class PrometheusPackage
{
    private const string Suite = "bookworm";

    private static readonly Lazy<Task<string>> Prepared = new(PrepareAsync);

    /// <summary>The path of one of its programs.</summary>
    public static async Task<string> ProgramAsync(string name) => Path.Combine(await Prepared.Value, "usr/bin", name);

    // Put together beside its final place and renamed: who comes second finds an equal folder there and throws his own away.
    private static async Task<string> PrepareAsync()
    {
        string folder = Path.Combine(GuestRoot.DefaultCacheFolder(), "prometheus");
        if (Directory.Exists(folder))
        {
            return folder;
        }

        string building = $"{folder}.{Guid.NewGuid():N}";
        try
        {
            string unpacked = Path.Combine(building, "unpacked");
            DebianSuite suite = await DebianSuite.OpenAsync(Suite, Path.Combine(building, Suite));
            await suite.DownloadAsync("prometheus");
            await suite.UnpackAsync(unpacked);
            Directory.Move(unpacked, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
        }
        finally
        {
            Directory.Delete(building, recursive: true);
        }

        return folder;
    }
}
