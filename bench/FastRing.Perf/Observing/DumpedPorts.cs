using System.Text;

namespace FastRing.Perf.Observing;

/// <summary>The program with 511 ports of five guests whose rings are all started, and a guest with a port that echoes, on one worker.</summary>
internal sealed class DumpedPorts : IDisposable
{
    /// <summary>Rings of the ports.</summary>
    public const int Rings = 2 * Ports;

    private const int Ports = 511;
    private const int Cpu = 0;
    private const int PortsOfGuest = 126; // As many as vhost-user can number.
    private const string Echo = "echo";
    private const string FirstPort = "org.example.0";

    private static readonly TimeSpan s_beginning = TimeSpan.FromMilliseconds(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly FastRingProgram _program;
    private readonly DrivenPort _echoed;
    private readonly List<DrivenPort> _driven = [];

    public DumpedPorts()
    {
        string config = Path.Combine(_folder.FullName, "guests.json");
        int guests = (Ports + PortsOfGuest - 1) / PortsOfGuest;
        File.WriteAllText(config, $$"""{ "sandbox": { "diagnostics": true }, "guests": [ {{Guest(Echo, 2, $$"""{ "name": "{{Echo}}", "backend": "echo" }""")}}{{string.Concat(Enumerable.Range(0, guests).Select(Guest))}} ] }""");
        _program = FastRingProgram.Serve(FastRingProgram.Built, Socket(Echo), ["--config", config]);
        _echoed = new DrivenPort(Socket(Echo), Echo);
        _driven.AddRange(Enumerable.Range(0, guests).Select(guest => new DrivenPort(Socket($"vm{guest}"), FirstPort)));
    }

    public int ProcessId => _program.ProcessId;

    /// <summary>Begins round trips on a thread of its own, for others are not to have its place in line: nothing goes on from there, and no thread is made there.</summary>
    /// <param name="time">How long.</param>
    /// <param name="isFirst">Whether it comes before everything else of the machine.</param>
    /// <returns>When they are under way: waits for their end, and has the longest, in microseconds.</returns>
    public Func<double> BeginRoundTrips(TimeSpan time, bool isFirst)
    {
        double longest = 0;
        Exception? failure = null;
        using var begun = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            try
            {
                if (isFirst)
                {
                    First.Make(First.CurrentThread);
                }

                _echoed.RoundTrips(s_beginning);
                begun.Set();
                longest = _echoed.RoundTrips(time).GetValueAtPercentile(100) / PercentileCurve.NsPerUs;
            }
            catch (Exception e)
            {
                failure = e;
                begun.Set();
            }
        });
        thread.Start();
        begun.Wait();
        return () =>
        {
            thread.Join();
            return failure is null ? longest : throw new IOException(failure.Message, failure);
        };
    }

    /// <summary>The workers come before everything else of the machine from now on.</summary>
    public void WorkersFirst() => First.MakeTied(_program.ProcessId, Cpu);

    public void Dispose()
    {
        _driven.ForEach(d => d.Dispose());
        _echoed.Dispose();
        _program.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int PortsOf(int guest) => Math.Min(PortsOfGuest, Ports - (guest * PortsOfGuest));

    private string Guest(int guest)
    {
        var ports = new StringBuilder();
        for (int port = 0; port < PortsOf(guest); port++)
        {
            ports.Append(port == 0 ? "" : ",").Append($$"""{ "name": "org.example.{{port}}", "backend": "null" }""");
        }

        return ", " + Guest($"vm{guest}", PortsOf(guest) + 1, ports.ToString());
    }

    private string Guest(string name, int maxPorts, string ports) => $$"""{ "name": "{{name}}", "socketPath": "{{Socket(name)}}", "maxPorts": {{maxPorts}}, "cpu": {{Cpu}}, "ports": [ {{ports}} ] }""";

    private string Socket(string guest) => Path.Combine(_folder.FullName, $"{guest}.sock");
}
