using System.Diagnostics;
using HdrHistogram;

namespace FastRing.Perf;

/// <summary>The program with two guests on one worker: one whose VMM, driver and clients do what they like, and one whose only port echoes, the canary.</summary>
internal sealed class HostileWorld : IDisposable
{
    private const string Canary = "canary";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-perf-");
    private readonly FastRingProgram _program;
    private readonly DrivenPort _canary;

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
        _canary = new DrivenPort(Path.Combine(_folder.FullName, "neighbour.sock"), Canary);
    }

    private string AttackedSocket => Path.Combine(_folder.FullName, "attacked.sock");

    private string ClientSocket => Path.Combine(_folder.FullName, "unix.sock");

    /// <summary>Round trips of the canary.</summary>
    public LongHistogram RoundTrips(TimeSpan time) => _canary.RoundTrips(time);

    /// <summary>Starts an attack, as a program of its own that leaves the processor to the canary when both want it.</summary>
    public Process Attack(string name)
    {
        string[] arguments = ["--idle", "0", "taskset", "-c", "1", WorkloadProgram.Jit.Path, "attack", "--attack", name, "--guest", AttackedSocket, "--client", ClientSocket];
        return Process.Start(new ProcessStartInfo("chrt", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    public void Dispose()
    {
        _canary.Dispose();
        _program.Dispose();
        _folder.Delete(recursive: true);
    }
}
