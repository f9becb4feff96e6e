namespace FastRing.EndToEnd.Isolation;

/// <summary>What a guest could do that had taken over its process, tried by a program that has given up the same (FastRing.Sandboxed) beside real neighbours.</summary>
public sealed class NeighbourDeedTests(NeighbourDeedTests.Neighbours daemon) : IClassFixture<NeighbourDeedTests.Neighbours>
{
    [Theory]
    [InlineData("read", "13", "/proc/NEIGHBOUR/mem")]
    [InlineData("write", "13", "/proc/NEIGHBOUR/mem")]
    [InlineData("read", "13", "/proc/NEIGHBOUR/fd/0")]
    [InlineData("read", "13", "/proc/SUPERVISOR/mem")]
    [InlineData("read", "13", "FOLDER/guests.json")]
    [InlineData("connect", "13", "FOLDER/vm1/a.sock")]
    [InlineData("connect", "13", "FOLDER/vmms/vm1.sock")]
    [InlineData("connect", "13", "FOLDER/api/vm1/api.sock")]
    [InlineData("remove", "13", "FOLDER/vm1/a.sock")]
    [InlineData("remove", "13", "FOLDER/vmms/vm1.sock")]
    [InlineData("remove", "13", "FOLDER/vmms/vm0.sock")]
    [InlineData("bind", "13", "FOLDER/vm1/other.sock")]
    [InlineData("bind", "13", "FOLDER/vmms/other.sock")]
    [InlineData("bind", "done", "FOLDER/vm0/other.sock")]
    [InlineData("change the mode", "13", "FOLDER/vm1/a.sock")]
    [InlineData("datagram socket", "13")]
    [InlineData("internet socket", "13")]
    [InlineData("schedule another", "13")]
    [InlineData("310", "killed")] // process_vm_readv
    [InlineData("438", "killed")] // pidfd_getfd
    [InlineData("ptrace", "killed")]
    public async Task What_the_process_of_a_guest_tries_on_its_neighbour_s_comes_to_nothing(string deed, string expected, string argument = "")
    {
        IsolatedDaemon isolated = daemon.Isolated;
        argument = argument.Replace("FOLDER", isolated[""].TrimEnd('/'), StringComparison.Ordinal)
            .Replace("NEIGHBOUR", $"{isolated.Workers("vm1")[^1]}", StringComparison.Ordinal).Replace("SUPERVISOR", $"{isolated.Daemon.ProcessId}", StringComparison.Ordinal);
        (int exit, string output, string error) = await Programs.TryRunAsync(Programs.Sandboxed, ["--isolated", "vm0", isolated["guests.json"], deed, argument]);
        Assert.True(exit is 0 or 128 + 31 /* SIGSYS */, $"{exit}: {error}");
        Assert.Equal(expected, exit == 0 ? output.TrimEnd('\n') : "killed");
        Assert.Equal(["2", "1"], new[] { Programs.StatusOf(isolated.Workers("vm0")[^1], "Seccomp"), Programs.StatusOf(isolated.Workers("vm0")[^1], "NoNewPrivs") });
    }

    /// <summary>A daemon of which nobody changes anything.</summary>
    public sealed class Neighbours : IAsyncLifetime
    {
        internal IsolatedDaemon Isolated { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Isolated = await IsolatedDaemon.StartAsync();

        public ValueTask DisposeAsync() => Isolated.DisposeAsync();
    }
}
