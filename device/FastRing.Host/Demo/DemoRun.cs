using FastRing.Host.Guests;
using FastRing.Host.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.Host.Demo;

/// <summary>Serves the demo's ports in this process and runs a guest on them.</summary>
internal static class DemoRun
{
    /// <summary>Runs one demo, with nothing left behind.</summary>
    /// <param name="packages">What the Linux guest is made of; null: the embedded one.</param>
    /// <param name="progress">Told what is going on, a line at a time.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<DemoResult> RunAsync(GuestPackages? packages, Action<string> progress, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-demo-");
        try
        {
            var ports = new DemoPorts(folder.FullName);
            using ServedGuests served = ServedGuests.Open([ports.ToGuest()], NullLogger.Instance);
            await served.StartAsync();
            return packages is null
                ? await new EmbeddedDemo(ports, progress).RunAsync(cancellation)
                : await new UmlDemo(ports, progress).RunAsync(packages, cancellation);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
