using System.Diagnostics;
using FastRing.Console.Driver;
using FastRing.Console.Spec;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>The program with two guests on one worker: one whose VMM, driver and clients do what they like, and one whose only port echoes, the canary.</summary>
internal sealed class HostileWorld : IDisposable
{
    private const string Canary = "canary";
    private const ulong Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | ConsoleFeatures.Multiport;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly FastRingProgram _program;
    private readonly FrontendSession _session;
    private readonly ConsoleDriver _driver;
    private readonly DriverPort _port;
    private readonly byte[] _message = new byte[64];

    public HostileWorld()
    {
        string config = Path.Combine(_folder.FullName, "guests.json");
        File.WriteAllText(config, $$"""
            { "guests": [
                { "name": "attacked", "socketPath": "{{AttackedSocket}}", "maxPorts": 3, "cpu": 0, "ports": [
                    { "name": "unix", "id": 1, "backend": "unix:{{ClientSocket}}" }, { "name": "null", "id": 2, "backend": "null" } ] },
                { "name": "neighbour", "socketPath": "{{_folder.FullName}}/neighbour.sock", "maxPorts": 2, "cpu": 0, "ports": [ { "name": "{{Canary}}", "id": 1, "backend": "echo" } ] } ] }
            """);
        _program = FastRingProgram.Serve(FastRingProgram.Built, AttackedSocket, ["--config", config]);
        _session = new FrontendSession(VhostUserFrontend.Connect(Path.Combine(_folder.FullName, "neighbour.sock")), 16 << 20, Features);
        _driver = new ConsoleDriver(_session, maxPorts: 2, new DriverBuffers());
        _driver.Start();
        while (_driver.FindPort(Canary) is not { IsHostOpen: true })
        {
            Wait();
        }

        _port = _driver.FindPort(Canary)!;
        _port.Open();
    }

    private string AttackedSocket => Path.Combine(_folder.FullName, "attacked.sock");

    private string ClientSocket => Path.Combine(_folder.FullName, "unix.sock");

    /// <summary>Sends the canary messages for so long, each when the one before is back.</summary>
    /// <returns>How long each took, in nanoseconds.</returns>
    public LongHistogram RoundTrips(TimeSpan time)
    {
        LongHistogram times = PercentileCurve.Times();
        long start = Stopwatch.GetTimestamp();
        for (long sent = start; Stopwatch.GetElapsedTime(start) < time; sent = Stopwatch.GetTimestamp())
        {
            RoundTrip();
            times.RecordValue((long)Stopwatch.GetElapsedTime(sent).TotalNanoseconds);
        }

        return times;
    }

    /// <summary>Starts an attack, as a program of its own that leaves the processor to the canary when both want it.</summary>
    public Process Attack(string name)
    {
        string[] arguments = ["--idle", "0", "taskset", "-c", "1", WorkloadProgram.Jit.Path, "attack", "--attack", name, "--guest", AttackedSocket, "--client", ClientSocket];
        return Process.Start(new ProcessStartInfo("chrt", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    public void Dispose()
    {
        _driver.Dispose();
        _session.Dispose();
        _program.Dispose();
        _folder.Delete(recursive: true);
    }

    private void RoundTrip()
    {
        Random.Shared.NextBytes(_message);
        if (_port.TryWrite(_message) != _message.Length)
        {
            throw new InvalidOperationException("the canary's ring is full");
        }

        Span<byte> back = stackalloc byte[_message.Length];
        for (int got = 0; got < back.Length;)
        {
            int count = _port.TryRead(back[got..]);
            got += count;
            if (count == 0)
            {
                Wait();
            }
        }

        if (!back.SequenceEqual(_message))
        {
            throw new InvalidDataException("the canary's bytes came back as others");
        }
    }

    private void Wait()
    {
        if (!_driver.Wait(s_patience))
        {
            throw new TimeoutException("the canary is not answered any more");
        }

        _driver.Poll();
    }
}
