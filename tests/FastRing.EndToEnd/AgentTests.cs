using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FastRing.Agent;

namespace FastRing.EndToEnd;

/// <summary>The real qemu-ga in a real guest, through a port of FastRing's.</summary>
public sealed class AgentTests
{
    [Fact]
    public async Task Every_command_of_the_agents_build_has_a_call_that_works_or_ends_with_the_agents_own_error()
    {
        await using AgentRig rig = await AgentRig.StartAsync();
        GuestAgentInfo info = await rig.Agent.GetInfoAsync();
        string[] commands = [.. info.SupportedCommands.Select(c => c.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(await rig.Rig.RunAsync("uname -r"), (await rig.Agent.GetOsInfoAsync()).KernelRelease);

        Assert.Empty(commands.Except(AgentCommands.Calls.Keys).Except(AgentCommands.Ending));
        Assert.Equal(info.SupportedCommands.Where(c => !c.SuccessResponse).Select(c => c.Name).Order(), commands.Where(c => c.StartsWith("guest-suspend", StringComparison.Ordinal) || c == "guest-shutdown"));
        foreach (string command in commands.Except(AgentCommands.Ending))
        {
            try
            {
                await AgentCommands.Calls[command](rig.Agent);
            }
            catch (AgentException e)
            {
                Assert.True(e.ErrorClass is not null, $"{command}: {e}");
                Assert.Contains(command, AgentCommands.MayFail);
            }

            await rig.Agent.PingAsync();
        }
    }

    [Fact]
    public async Task Files_go_into_the_guest_and_back_intact()
    {
        await using AgentRig rig = await AgentRig.StartAsync();
        byte[] bytes = RandomNumberGenerator.GetBytes(4 << 20);

        Assert.Equal(bytes.Length, await rig.Agent.WriteFileAsync("/tmp/copy", new MemoryStream(bytes)));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), await rig.Rig.RunAsync("sha256sum /tmp/copy | cut -d' ' -f1"));

        await rig.Rig.RunAsync("dd if=/dev/urandom of=/tmp/made bs=64k count=64 2>/dev/null");
        using var back = new MemoryStream();
        Assert.Equal(4 << 20, await rig.Agent.ReadFileAsync("/tmp/made", back));
        Assert.Equal(await rig.Rig.RunAsync("sha256sum /tmp/made | cut -d' ' -f1"), Convert.ToHexStringLower(SHA256.HashData(back.ToArray())));
    }

    [Fact]
    public async Task Programs_run_in_the_guest_and_a_user_is_logged_off_by_the_program_that_does_it()
    {
        await using AgentRig rig = await AgentRig.StartAsync();
        byte[] input = RandomNumberGenerator.GetBytes(100_000);

        GuestExecResult sum = await rig.Agent.ExecAsync(new GuestCommand("sha256sum") { Input = input });
        GuestExecResult shell = await rig.Agent.ExecAsync(new GuestCommand("sh", "-c", "echo out; echo err >&2; exit 42"));
        GuestExecResult killed = await rig.Agent.ExecAsync(new GuestCommand("sh", "-c", "kill -15 $$"));

        Assert.Equal((0, Convert.ToHexStringLower(SHA256.HashData(input))), (sum.ExitCode, sum.OutputText[..64]));
        Assert.Equal((42, "out\n", "err\n"), (shell.ExitCode, shell.OutputText, shell.ErrorText));
        Assert.Equal((null, 15), (killed.ExitCode, killed.Signal));

        AgentException missing = await Assert.ThrowsAsync<AgentException>(() => rig.Agent.LogOffAsync("alice"));
        Assert.Contains("can't log alice off, as its agent can't run loginctl", missing.Message, StringComparison.Ordinal);
        await rig.Rig.RunAsync(
            """
            cp -a /sbin /run/sbin
            printf '#!/bin/sh\n[ "$1" = terminate-user ] && [ "$2" = alice ] || { echo "no user $2" >&2; exit 1; }\nps -o pid,user | while read -r pid user; do [ "$user" != "$2" ] || kill -HUP "$pid"; done\n' >/run/sbin/loginctl
            chmod +x /run/sbin/loginctl
            mount --bind /run/sbin /sbin
            """);
        AgentException failed = await Assert.ThrowsAsync<AgentException>(() => rig.Agent.LogOffAsync("bob"));
        Assert.Contains("did not log bob off: loginctl ended with 1: no user bob", failed.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await rig.Rig.RunAsync("ps -o user | grep alice"));
        await rig.Agent.LogOffAsync("alice");
        await rig.Rig.WaitAsync("-z \"$(ps -o user | grep alice)\"");
    }

    [Fact]
    public async Task A_guest_is_rebooted_and_then_halted_by_its_agent()
    {
        await using AgentRig rig = await AgentRig.StartAsync();

        await rig.Agent.ShutdownAsync(GuestShutdownMode.Reboot);
        await rig.Rig.Linux.WaitReadyAsync(GuestRig.Patience, boot: 2);
        await rig.Agent.PingAsync(); // The same connection: what was said to the old guest's agent answers nothing.
        Assert.Equal("alice", Assert.Single(await rig.Agent.GetUsersAsync()).Name);

        await rig.Agent.ShutdownAsync(GuestShutdownMode.Halt);
        Assert.Equal(0, await rig.Rig.Linux.WaitExitAsync(GuestRig.Patience));
    }

    [Fact]
    public async Task A_guest_is_switched_off_by_its_agent()
    {
        await using AgentRig rig = await AgentRig.StartAsync();

        await rig.Agent.ShutdownAsync();

        Assert.Equal(0, await rig.Rig.Linux.WaitExitAsync(GuestRig.Patience));
    }

    /// <summary>Each time a program is killed that has read the beginning of an answer of a third of a megabyte.</summary>
    [Fact]
    public async Task After_a_client_killed_in_mid_answer_the_next_gets_no_stale_byte()
    {
        const int Times = 40;
        await using AgentRig rig = await AgentRig.StartAsync();
        await rig.Rig.RunAsync("dd if=/dev/zero of=/tmp/big bs=1k count=240 2>/dev/null");
        long handle = await rig.Agent.OpenFileAsync("/tmp/big");
        await rig.Agent.DisposeAsync();
        string request =
            $$$"""{"execute":"guest-file-seek","arguments":{"handle":{{{handle}}},"offset":0,"whence":"set"}}{"execute":"guest-file-read","arguments":{"handle":{{{handle}}},"count":240000}}""" + "\n";
        for (int i = 0; i < Times; i++)
        {
            await KillInMidAnswerAsync(rig.AgentSocket, request);
            await using GuestAgent next = await AgentRig.ConnectAsync(rig.AgentSocket);
            Assert.Equal(i, await next.SyncAsync(i));
            Assert.Equal("fastring-guest", (await next.GetOsInfoAsync()).Id);
        }
    }

    [Fact]
    public async Task Two_different_agents_answer_on_two_channels_at_once()
    {
        const int Rounds = 200;
        await using AgentRig rig = await AgentRig.StartAsync();
        using NetworkStream other = await HostClients.ConnectAsync(rig.OtherSocket);
        await rig.Rig.RunAsync($"(exec 3<>{GuestRig.Links}/{AgentRig.OtherPort}; while read -r line <&3; do echo \"got $line\" >&3; done) >/dev/null 2>&1 &");

        Task<long>[] synced = [.. Enumerable.Range(0, Rounds).Select(i => rig.Agent.SyncAsync(i))];
        for (int i = 0; i < Rounds; i++)
        {
            await other.WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"));
            string answer = $"got line {i}\n";
            Assert.Equal(answer, Encoding.ASCII.GetString(await other.ReadAsync(answer.Length)));
        }

        Assert.Equal(Enumerable.Range(0, Rounds).Select(i => (long)i), await Task.WhenAll(synced));
    }

    [Fact]
    public async Task Programs_and_callers_share_the_guests_agent()
    {
        const int Rounds = 20;
        await using AgentRig rig = await AgentRig.StartAsync();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(rig.Rig["shared.sock"]));
        listener.Listen();
        using var stop = new CancellationTokenSource();
        Task serving = ServeAsync(listener, new AgentBroker(rig.Agent.Channel), stop.Token);

        Task calls = Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            for (int n = 0; n < Rounds; n++)
            {
                Assert.Equal((i * Rounds) + n, await rig.Agent.SyncAsync((i * Rounds) + n));
            }
        }));
        string[] answers = await Task.WhenAll(Enumerable.Range(1, 4).Select(client => Programs.RunAsync(
            "socat",
            ["-t60", "-", $"UNIX-CONNECT:{rig.Rig["shared.sock"]}"],
            string.Concat(Enumerable.Range(0, Rounds).Select(n => $$$"""{"execute":"guest-sync","arguments":{"id":{{{(client * 1000) + n}}}},"id":{{{n}}}}""" + "\n")))));
        await calls;

        for (int client = 1; client <= answers.Length; client++)
        {
            Assert.Equal(string.Concat(Enumerable.Range(0, Rounds).Select(n => $$"""{"return": {{(client * 1000) + n}}, "id": {{n}}}""" + "\n")), answers[client - 1]);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    private static async Task ServeAsync(Socket listener, AgentBroker broker, CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket accepted = await listener.AcceptAsync(cancellationToken);
            _ = Task.Run(
                async () =>
                {
                    await using var stream = new NetworkStream(accepted, ownsSocket: true);
                    await broker.ServeAsync(stream, cancellationToken);
                },
                cancellationToken);
        }
    }

    private static async Task KillInMidAnswerAsync(string socket, string request)
    {
        using Process victim = Programs.Start("socat", ["-", $"UNIX-CONNECT:{socket}"]);
        await victim.StandardInput.WriteAsync(request);
        await victim.StandardInput.FlushAsync();
        byte[] beginning = new byte[1000];
        await victim.StandardOutput.BaseStream.ReadExactlyAsync(beginning).AsTask().WaitAsync(GuestRig.Patience);
        victim.Kill();
        await victim.WaitForExitAsync().WaitAsync(GuestRig.Patience);
    }
}
