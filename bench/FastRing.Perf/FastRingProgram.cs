using System.Diagnostics;
using System.Net.Sockets;
using FastRing.Interop;
using FastRing.VhostUser.Frontend;

namespace FastRing.Perf;

/// <summary>A running <c>fastring serve</c>.</summary>
internal sealed class FastRingProgram : IDisposable
{
    private readonly Process _process;

    private FastRingProgram(Process process, double readyMs)
    {
        _process = process;
        ReadyMs = readyMs;
    }

    /// <summary>The program as built beside this one.</summary>
    public static string Built => Path.Combine(AppContext.BaseDirectory, "fastring");

    /// <summary>Milliseconds from starting the process to its answer to GET_FEATURES.</summary>
    public double ReadyMs { get; }

    public int ProcessId => _process.Id;

    /// <summary>Resident set in MiB: everything in memory, the guests' pages it touched included.</summary>
    public double ResidentMib =>
        double.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    public static FastRingProgram Serve(string program, string socket, IEnumerable<string> arguments) => Serve(program, socket, arguments, IsServed);

    /// <summary>With a card on a vfio-user socket: it is ready when it takes a connection.</summary>
    public static FastRingProgram ServeCard(string program, string socket, IEnumerable<string> arguments) => Serve(program, socket, arguments, IsListening);

    public void Dispose()
    {
        using (Process? term = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
        {
            term?.WaitForExit();
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    private static FastRingProgram Serve(string program, string socket, IEnumerable<string> arguments, Predicate<string> isReady)
    {
        long start = Stopwatch.GetTimestamp();
        Process process = Process.Start(new ProcessStartInfo(program, ["serve", .. arguments]) { RedirectStandardError = true })!;
        process.BeginErrorReadLine();
        while (!isReady(socket))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start).TotalSeconds > 10)
            {
                process.Kill();
                throw new IOException($"{program} does not serve {socket}");
            }

            Thread.Sleep(1);
        }

        return new FastRingProgram(process, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static bool IsServed(string socket)
    {
        try
        {
            using VhostUserFrontend frontend = VhostUserFrontend.Connect(socket);
            return frontend.GetFeatures() != 0;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    private static bool IsListening(string socket)
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.Connect(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
