using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using FastRing.Console;
using FastRing.Console.Endpoints;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.EndToEnd;

/// <summary>What the README shows works as it stands there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_configuration_file_is_read_with_every_default()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], Block("{ \"guests\": [", "] } ] }", File.ReadAllText(Path.Combine(Programs.Checkout(), "docs/operating.md"))));

        IReadOnlyList<GuestConfig> guests = ConfigFile.Read(folder["guests.json"]);

        Assert.Equal(["vm0", "vm1"], guests.Select(g => g.Name));
        Assert.Equal([8, 31], guests.Select(g => g.MaxPorts));
        Assert.All(guests, g => Assert.True(g.EventIndex && g.IndirectDescriptors));
        Assert.Equal("unix:/tmp/vm0-console.sock", guests[0].Console);
        Assert.Equal(new PortConfig { Name = "org.example.0", Backend = "echo" }, Assert.Single(guests[1].Ports));
    }

    [Fact]
    public void A_guest_of_the_configuration_file_needs_a_socket_only()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], $$"""{"guests": [{"socketPath": "{{folder["v.sock"]}}"}]}""");

        using ServedGuests served = ServedGuests.Open(ConfigFile.Read(folder["guests.json"]), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Assert.Equal(31, served.Guests[0].Device.Ports.Count);
    }

    [Fact]
    public async Task The_example_of_the_API_serves_a_device()
    {
        const string Socket = "/tmp/vm0.sock";
        string example = Block("using var worker", "backend.Start();");
        string body = Block("        using var " + "worker = ", "backend.Start();", Source()).TrimStart();
        Assert.Equal(Lines(example.Replace("/tmp/", "FOLDER/", StringComparison.Ordinal)), Lines(body));

        using var folder = new TemporaryFolder();
        string FOLDER(string path) => path.Replace("FOLDER", folder.FullName, StringComparison.Ordinal);

        using var worker = new Worker("vm0", fault => System.Console.Error.WriteLine(fault));
        PortOptions[] ports =
        [
            new("org.example.clipboard.0", new UnixListenEndpoint(FOLDER("FOLDER/clipboard.sock"))),
            new("org.example.echo.0", new EchoEndpoint()), // or an IHostEndpoint of your own
        ];
        using var device = new ConsoleDevice(worker, new ConsoleOptions { MaxPorts = 4, Ports = ports });
        await device.StartAsync();
        using var backend = new VhostUserBackend(worker, device, UnixSocket.Listen(FOLDER("FOLDER/vm0.sock")), "vm0");
        backend.Start();

        using VhostUserFrontend frontend = VhostUserFrontend.Connect(Socket.Replace("/tmp", folder.FullName, StringComparison.Ordinal));
        Assert.NotEqual(0UL, frontend.GetFeatures());
    }

    /// <summary>Trimmed lines, without the test's own wrapper round the paths.</summary>
    private static string[] Lines(string text) =>
        [.. Regex.Replace(text, """FOLDER\(("[^"]*")\)""", "$1").Split('\n').Select(l => l.Trim())];

    private static string Block(string first, string last, string? text = null)
    {
        text ??= File.ReadAllText(Path.Combine(Programs.Checkout(), "README.md"));
        int start = text.IndexOf(first, StringComparison.Ordinal);
        int end = text.IndexOf(last, start, StringComparison.Ordinal) + last.Length;
        return text[start..end];
    }

    private static string Source([CallerFilePath] string path = "") => File.ReadAllText(path);
}
