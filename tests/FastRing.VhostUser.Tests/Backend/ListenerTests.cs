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

        long begin = Environment.TickCount64;
        try
        {
            SetLimit(shell, "3"); // 0, 1 and 2 are taken, so nobody gets a descriptor.
            first.Dispose();
            while (fixture.Counters.FailedAccepts < 2)
            {
                Thread.Sleep(10);
            }
        }
        finally
        {
            SetLimit(shell, soft);
        }

        second.AssertAlive();
        ulong rounds = (ulong)(Environment.TickCount64 - begin) / 100;
        Assert.InRange(fixture.Counters.FailedAccepts, 2UL, rounds + 2);
        shell.StandardInput.Close();
        shell.WaitForExit();
    }

    private static void SetLimit(Process shell, string soft)
    {
        shell.StandardInput.WriteLine($"prlimit --pid {Environment.ProcessId} --nofile={soft}: && echo set");
        shell.StandardInput.Flush();
        Assert.Equal("set", shell.StandardOutput.ReadLine());
    }
}
