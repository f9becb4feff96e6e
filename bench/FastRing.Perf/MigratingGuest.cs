using FastRing.Console.Driver;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;

namespace FastRing.Perf;

/// <summary>A guest made of FastRing's own driver that moves from one daemon to the next, while a thread of it never stops writing to a port.</summary>
internal sealed class MigratingGuest : IDisposable
{
    public const string Port = "org.example.0";

    private const int MaxPorts = 2;
    private const ulong MemoryBytes = 16 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly string _program;
    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly Lock _running = new();
    private readonly Thread _thread;
    private readonly byte[] _bytes = new byte[32 << 10];
    private FastRingProgram _daemon;
    private DirectoryInfo _folder;
    private volatile bool _ends;
    private long _written;

    /// <param name="program">The daemons.</param>
    /// <param name="packed">The layout of its rings.</param>
    public MigratingGuest(string program, bool packed)
    {
        _program = program;
        (_daemon, _folder) = Serve();
        _session = new FrontendSession(VhostUserFrontend.Connect(Socket(_folder)), MemoryBytes, packed ? ~0UL : ~VirtioFeatures.RingPacked);
        _driver = new ConsoleDriver(_session, MaxPorts, new DriverBuffers { TransmitBytes = _bytes.Length });
        _driver.Start();
        while (_driver.FindPort(Port) is not { IsHostOpen: true })
        {
            _driver.Wait(s_patience);
            _driver.Poll();
        }

        _driver.FindPort(Port)!.Open();
        _thread = new Thread(WriteOn);
        _thread.Start();
    }

    /// <summary>Bytes written so far.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Moves to a new daemon.</summary>
    public MigrationReport Move()
    {
        (FastRingProgram next, DirectoryInfo folder) = Serve();
        bool isPaused = false;
        try
        {
            MigrationReport report = _session.MigrateTo(VhostUserFrontend.Connect(Socket(folder)), () =>
            {
                _running.Enter();
                isPaused = true;
            });
            End(_daemon, _folder);
            (_daemon, _folder) = (next, folder);
            return report;
        }
        finally
        {
            if (isPaused)
            {
                _running.Exit();
            }
        }
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
        _driver.Dispose();
        _session.Dispose();
        End(_daemon, _folder);
    }

    private static string Socket(DirectoryInfo folder) => Path.Combine(folder.FullName, "vhost.sock");

    private (FastRingProgram Daemon, DirectoryInfo Folder) Serve()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        return (FastRingProgram.Serve(_program, Socket(folder), ["--socket-path", Socket(folder), "--max-ports", $"{MaxPorts}", "--port", $"{Port}=null"]), folder);
    }

    private static void End(FastRingProgram daemon, DirectoryInfo folder)
    {
        daemon.Dispose();
        folder.Delete(recursive: true);
    }

    private void WriteOn()
    {
        while (!_ends)
        {
            int count;
            lock (_running)
            {
                _driver.Poll();
                count = _driver.FindPort(Port)!.TryWrite(_bytes);
            }

            Volatile.Write(ref _written, _written + count);
            if (count == 0)
            {
                Thread.Yield();
            }
        }
    }
}
