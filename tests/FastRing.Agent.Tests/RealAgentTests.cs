using System.Net.Sockets;
using System.Security.Cryptography;

namespace FastRing.Agent.Tests;

/// <summary>qemu-ga itself, asked what does no harm to the machine it runs on: this one.</summary>
public sealed class RealAgentTests
{
    [Fact]
    public async Task It_answers_what_is_true_of_this_machine()
    {
        using var real = new RealAgent();
        await using GuestAgent agent = await real.ClientAsync();

        GuestOsInfo os = await agent.GetOsInfoAsync();
        Assert.Equal((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease")).Trim(), os.KernelRelease);
        Assert.False(os.IsWindows);
        Assert.Equal(Environment.MachineName, await agent.GetHostNameAsync());
        Assert.Contains(await agent.GetNetworkInterfacesAsync(), n => n.Name == "lo" && n.IpAddresses!.Any(a => a is { Address: "127.0.0.1", Type: "ipv4", Prefix: 8 }));
        Assert.InRange((await agent.GetTimeAsync() - DateTimeOffset.UtcNow).TotalMinutes, -5, 5);
        Assert.NotEmpty(await agent.GetVcpusAsync());
        Assert.NotEmpty(await agent.GetCpuStatsAsync());
        GuestAgentInfo info = await agent.GetInfoAsync();
        Assert.Contains(info.SupportedCommands, c => c is { Name: "guest-ping", Enabled: true, SuccessResponse: true });
        Assert.Contains(info.SupportedCommands, c => c is { Name: "guest-shutdown", SuccessResponse: false });
        Assert.Equal(GuestFsfreezeStatus.Thawed, await agent.GetFsfreezeStatusAsync());
        await agent.GetTimezoneAsync();
        await agent.GetUsersAsync();
        await agent.GetFilesystemsAsync();
        await agent.GetDisksAsync();
        await agent.GetDiskStatsAsync();
    }

    [Fact]
    public async Task A_command_it_does_not_have_is_an_error_that_says_so()
    {
        using var real = new RealAgent();
        await using GuestAgent agent = await real.ClientAsync();

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.ExecuteAsync("guest-make-coffee"));

        Assert.Equal(("guest-make-coffee", true), (error.Command, error.IsCommandMissing));
        Assert.Contains("guest-make-coffee has not been found", error.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_go_there_and_back_intact()
    {
        using var real = new RealAgent();
        await using GuestAgent agent = await real.ClientAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes((4 << 20) + 12345);

        Assert.Equal(bytes.Length, await agent.WriteFileAsync(real["copy"], new MemoryStream(bytes)));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(real["copy"]));
        Assert.Equal(3, await agent.WriteFileAsync(real["copy"], new MemoryStream([1, 2, 3]), append: true));
        using var back = new MemoryStream();
        Assert.Equal(bytes.Length + 3, await agent.ReadFileAsync(real["copy"], back));

        Assert.Equal((byte[])[.. bytes, 1, 2, 3], back.ToArray());
        long handle = await agent.OpenFileAsync(real["copy"]);
        Assert.Equal(bytes.Length, (await agent.SeekFileAsync(handle, -3, GuestSeekOrigin.End)).Position);
        GuestFileRead end = await agent.ReadFileAsync(handle, 100);
        Assert.Equal((byte[])[1, 2, 3], end.Data.ToArray());
        await agent.CloseFileAsync(handle);
        AgentException closed = await Assert.ThrowsAsync<AgentException>(() => agent.CloseFileAsync(handle));
        Assert.Equal("GenericError", closed.ErrorClass);
    }

    [Fact]
    public async Task Programs_get_their_input_and_give_back_output_exit_code_and_signal()
    {
        using var real = new RealAgent();
        await using GuestAgent agent = await real.ClientAsync();
        byte[] input = RandomNumberGenerator.GetBytes(300_000);

        GuestExecResult cat = await agent.ExecAsync(new GuestCommand("cat") { Input = input });
        GuestExecResult shell = await agent.ExecAsync(new GuestCommand("sh", "-c", "echo $WORD; echo bad >&2; exit 3") { Environment = ["WORD=good", "PATH=/bin"] });
        GuestExecResult killed = await agent.ExecAsync(new GuestCommand("sh", "-c", "kill -9 $$"));
        GuestExecResult silent = await agent.ExecAsync(new GuestCommand("sh", "-c", "echo nobody wants this") { Capture = GuestExecCapture.None });
        GuestExecResult big = await agent.ExecAsync(new GuestCommand("head", "-c", "17000000", "/dev/zero"));

        Assert.Equal(input, cat.Output.ToArray());
        Assert.Equal((3, "good\n", "bad\n"), (shell.ExitCode, shell.OutputText, shell.ErrorText));
        Assert.Equal((null, 9), (killed.ExitCode, killed.Signal));
        Assert.Equal((0, 0), (silent.ExitCode, silent.Output.Length));
        Assert.Equal((true, 16 << 20), (big.IsOutputTruncated, big.Output.Length)); // The agent's own limit.
        await Assert.ThrowsAsync<AgentException>(() => agent.ExecAsync(new GuestCommand("/no/such/program")));
    }

    [Fact]
    public async Task Half_a_request_that_a_client_left_behind_is_no_part_of_the_next_ones()
    {
        using var real = new RealAgent();
        for (int i = 0; i < 50; i++)
        {
            using (NetworkStream rude = await real.ConnectAsync())
            {
                await rude.WriteAsync(Request.Bytes("{\"execute\":\"guest-get-ti"));
            }

            await using GuestAgent agent = await real.ClientAsync();
            Assert.Equal(i, await agent.SyncAsync(i));
            Assert.Equal(Environment.MachineName, await agent.GetHostNameAsync());
        }
    }

    [Fact]
    public async Task Logging_off_where_nobody_can_says_what_is_missing()
    {
        using var real = new RealAgent();
        await using GuestAgent agent = await real.ClientAsync();
        bool has = File.Exists("/usr/bin/loginctl") || File.Exists("/bin/loginctl");

        AgentException error = await Assert.ThrowsAsync<AgentException>(() => agent.LogOffAsync("no-such-user-here"));

        Assert.Contains(has ? "did not log no-such-user-here off: loginctl ended with 1" : "its agent can't run loginctl", error.Message, StringComparison.Ordinal);
    }
}
