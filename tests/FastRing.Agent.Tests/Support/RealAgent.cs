using System.Diagnostics;
using System.Net.Sockets;

namespace FastRing.Agent.Tests.Support;

/// <summary>qemu-ga itself, on a unix socket of this machine. What it is asked to do happens here: nothing but harmless questions.</summary>
internal sealed class RealAgent : IDisposable
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/sbin", "/usr/local/sbin"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-agent-");
    private readonly Process _process;

    public RealAgent()
    {
        string program = Folders.Select(f => Path.Combine(f, "qemu-ga")).First(File.Exists);
        _process = Process.Start(new ProcessStartInfo(program, ["-m", "unix-listen", "-p", SocketPath, "--statedir", _folder.FullName])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    public string SocketPath => this["agent.sock"];

    public string this[string file] => Path.Combine(_folder.FullName, file);

    public async Task<NetworkStream> ConnectAsync()
    {
        await Patience.UntilAsync(() => File.Exists(SocketPath), "qemu-ga listens");
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && !_process.HasExited)
            {
                socket.Dispose();
                await Task.Delay(1); // The socket is there, and not listened at yet.
            }
        }
    }

    public async Task<GuestAgent> ClientAsync() => new(await ConnectAsync()) { Timeout = Patience.Long };

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
