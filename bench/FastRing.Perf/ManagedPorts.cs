using System.Net.Sockets;
using System.Text;

namespace FastRing.Perf;

/// <summary>The program, serving 511 ports, with a management API.</summary>
internal sealed class ManagedPorts : IDisposable
{
    /// <summary>The port that is written to.</summary>
    public const string StreamPort = "org.example.0";

    /// <summary>The path of another.</summary>
    public const string OtherPort = "/v1/guests/vm1/ports/org.example.200";

    private const string WorkerThreads = "fastring-";
    private const int Ports = 511;
    private const int PortsOfGuest = 126; // As many as vhost-user can number.

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly FastRingProgram _program;

    public ManagedPorts()
    {
        string config = Path.Combine(_folder.FullName, "guests.json");
        File.WriteAllText(config, Config());
        _program = FastRingProgram.Serve(FastRingProgram.Built, StreamSocket, ["--config", config]);
    }

    /// <summary>The vhost-user socket of the guest with <see cref="StreamPort"/>.</summary>
    public string StreamSocket => Path.Combine(_folder.FullName, "vm0.sock");

    /// <summary>Seconds that the threads have run which carry the guests' bytes.</summary>
    public double WorkerSeconds => ProcessorTime.SecondsOfThreads(_program.ProcessId, WorkerThreads);

    /// <summary>A client of the API.</summary>
    public HttpClient Connect() => new(new SocketsHttpHandler { ConnectCallback = async (_, ended) => await ConnectAsync(ended) }) { BaseAddress = new Uri("http://localhost") };

    public void Dispose()
    {
        _program.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<Stream> ConnectAsync(CancellationToken ended)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "api.sock")), ended);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private string Config()
    {
        var text = new StringBuilder($$"""{ "api": { "socketPath": "{{_folder.FullName}}/api.sock" }, "guests": [""");
        for (int port = 0; port < Ports; port++)
        {
            (int guest, int place) = (port / PortsOfGuest, port % PortsOfGuest);
            text.Append(place > 0 ? "," : guest > 0 ? "] }," : "");
            text.Append(place > 0 ? "" : $$"""{ "name": "vm{{guest}}", "socketPath": "{{_folder.FullName}}/vm{{guest}}.sock", "maxPorts": 127, "ports": [""");
            text.Append($$"""{ "name": "org.example.{{port}}", "backend": "null" }""");
        }

        return text.Append("] } ] }").ToString();
    }
}
