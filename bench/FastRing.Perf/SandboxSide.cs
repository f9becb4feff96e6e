using System.Net.Sockets;

namespace FastRing.Perf;

/// <summary>The program in one mode of its sandbox, a guest that writes to a port, and a client of that port's unix socket that reads.</summary>
internal sealed class SandboxSide : IDisposable
{
    private const string Port = "org.example.0";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly FastRingProgram _program;
    private readonly Socket _client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Thread _reader;
    private readonly DrivenPort _guest;

    public SandboxSide(string mode)
    {
        string socket = Path.Combine(_folder.FullName, "port.sock");
        string guest = Path.Combine(_folder.FullName, "vhost.sock");
        _program = FastRingProgram.Serve(FastRingProgram.Built, guest, ["--sandbox", mode, "--socket-path", guest, "--max-ports", "2", "--port", $"{Port}=unix:{socket}"]);
        _client.Connect(new UnixDomainSocketEndPoint(socket));
        _reader = new Thread(ReadAll);
        _reader.Start();
        _guest = new DrivenPort(guest, Port);
    }

    /// <summary>From starting the process to its first answer.</summary>
    public double ReadyMs => _program.ReadyMs;

    /// <summary>Has the guest write for so long.</summary>
    /// <returns>GB/s.</returns>
    public double Write(TimeSpan time) => _guest.Write(time);

    public void Dispose()
    {
        _guest.Dispose();
        _program.Dispose(); // Which is the end of what the client reads.
        _reader.Join();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private void ReadAll()
    {
        byte[] bytes = new byte[256 << 10];
        while (_client.Receive(bytes) > 0)
        {
        }
    }
}
