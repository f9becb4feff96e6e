using System.Diagnostics;

namespace FastRing.Perf;

/// <summary>qemu-ga itself on a unix socket of this machine; it serves one client after the other.</summary>
internal sealed class AgentProgram : IDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly Process _process;

    private AgentProgram(DirectoryInfo folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    /// <summary>Where it listens.</summary>
    public string Socket => Path.Combine(_folder.FullName, "agent.sock");

    /// <summary>Starts it.</summary>
    /// <exception cref="IOException">It does not come up.</exception>
    public static async Task<AgentProgram> StartAsync(string program)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fastring-perf-");
        string socket = Path.Combine(folder.FullName, "agent.sock");
        var started = new AgentProgram(folder, Process.Start(new ProcessStartInfo(program, ["-m", "unix-listen", "-p", socket, "--statedir", folder.FullName])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!);
        for (int i = 0; !File.Exists(socket); i++)
        {
            if (started._process.HasExited || i > 1000)
            {
                throw new IOException($"{program} does not serve {socket}");
            }

            await Task.Delay(10);
        }

        return started;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
