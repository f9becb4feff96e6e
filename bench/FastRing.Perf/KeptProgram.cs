using System.Diagnostics;
using System.Globalization;

namespace FastRing.Perf;

/// <summary>A running <c>fastring serve --keep</c>.</summary>
internal sealed class KeptProgram : IDisposable
{
    private const string TakenOver = " has taken over, guests:";

    private readonly Process _process;
    private readonly string _program;
    private readonly string _keeper;
    private readonly Lock _lock = new();
    private int _worker;
    private int _workers;
    private bool _hasSpare;

    private KeptProgram(string program, string folder, string port)
    {
        _program = program;
        _keeper = Path.Combine(folder, "keeper.sock");
        Socket = Path.Combine(folder, "vhost.sock");
        _process = Process.Start(new ProcessStartInfo(program, ["serve", "--keep", _keeper, "--socket-path", Socket, "--port", port]) { RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, line) => Hear(line.Data ?? "");
        _process.BeginErrorReadLine();
    }

    /// <summary>Where VMMs come to.</summary>
    public string Socket { get; }

    /// <summary>Workers that have served.</summary>
    public int Workers => Volatile.Read(ref _workers);

    public static KeptProgram Start(string program, string folder, string port)
    {
        var kept = new KeptProgram(program, folder, port);
        kept.AwaitSpare(TimeSpan.FromSeconds(30));
        return kept;
    }

    /// <summary>Waits until a spare worker waits behind the one that serves.</summary>
    public void AwaitSpare(TimeSpan patience)
    {
        if (!SpinWait.SpinUntil(() => HasSpare, patience))
        {
            throw new IOException("no spare worker gets ready");
        }
    }

    /// <summary>Kills the worker that serves (SIGKILL).</summary>
    public void Kill()
    {
        int id;
        lock (_lock)
        {
            id = _worker;
        }

        using var worker = Process.GetProcessById(id);
        worker.Kill();
    }

    /// <summary>Has the same program take over.</summary>
    public void Upgrade() => Shell.Run(".", _program, "upgrade", "--keeper", _keeper);

    public void Dispose()
    {
        using (Process? term = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            term?.WaitForExit();
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    private bool HasSpare
    {
        get
        {
            lock (_lock)
            {
                return _hasSpare;
            }
        }
    }

    private void Hear(string line)
    {
        lock (_lock)
        {
            if (line.Contains(TakenOver, StringComparison.Ordinal))
            {
                _worker = int.Parse(line.Split("worker ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
                _workers++;
                _hasSpare = false;
            }
            else if (line.Contains("spare worker", StringComparison.Ordinal) && line.EndsWith("waits", StringComparison.Ordinal))
            {
                _hasSpare = true;
            }
        }
    }
}
