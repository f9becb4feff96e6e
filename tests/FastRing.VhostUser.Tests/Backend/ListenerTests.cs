using System.Diagnostics;
using FastRing.VhostUser.Backend;

namespace FastRing.VhostUser.Tests.Backend;

public class ListenerTests
{
    [Fact]
    public void Without_free_descriptors_a_frontend_waits_and_the_worker_does_not_spin()
    {
        using var shell = Process.Start(new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var fixture = new BackendFixture();
        RawFrontend first = fixture.ConnectRaw();
        first.AssertAlive();
        using RawFrontend second = fixture.ConnectRaw();
        string limits = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = limits.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];

        // The shell takes the limit back by itself: who has no descriptor left may be unable to ask for it.
        Assert.Equal("ready", Answer(shell, "echo ready"));
        string limit = $"prlimit --pid {Environment.ProcessId} --nofile=";
        long begin = Environment.TickCount64;
        Assert.Equal("limited", Answer(shell, $"{limit}3: && echo limited; sleep 0.5; {limit}{soft}: && echo restored")); // 0, 1, 2 are taken.
        first.Dispose();
        Assert.Equal("restored", shell.StandardOutput.ReadLine());

        second.AssertAlive();
        ulong pauses = (ulong)(Environment.TickCount64 - begin) / 100;
        Assert.InRange(fixture.Counters.FailedAccepts, 1UL, pauses + 1);
        shell.StandardInput.Close();
        shell.WaitForExit();
    }

    private static string? Answer(Process shell, string command)
    {
        shell.StandardInput.WriteLine(command);
        shell.StandardInput.Flush();
        return shell.StandardOutput.ReadLine();
    }
}
