using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace FastRing.EndToEnd.Keeping;

/// <summary>Workers are killed while a real guest uses its ports.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>How many, unless FASTRING_KILLS says otherwise.</summary>
    private const int UsualKills = 8;

    [Fact]
    public async Task Workers_killed_at_random_moments_lose_no_byte_of_a_resumable_port_and_double_none()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("FASTRING_KILLS") ?? $"{UsualKills}", CultureInfo.InvariantCulture);
        var random = new Random(66);
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=resume:FOLDER/r.sock");
        await kept.BootAsync("org.example.0");
        string boot = await kept.RunAsync("cat /proc/sys/kernel/random/boot_id");
        await kept.EchoAsync("org.example.0");
        await using EchoedStream stream = await EchoedStream.StartAsync(kept["r.sock"]);
        var resumed = new List<double>();
        for (int i = 0; i < kills; i++)
        {
            await stream.UntilMoreAsync(stream.Read);
            await kept.UntilSpareAsync();
            await Task.Delay(random.Next(0, 200));
            int workers = kept.Workers.Count;
            long start = Stopwatch.GetTimestamp();
            kept.Kill();
            await GuestRig.UntilAsync(() => kept.Workers.Count > workers);
            await stream.UntilMoreAsync(stream.Read);
            resumed.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        await stream.FinishAsync();
        await kept.RunAsync("kill -0 $(cat /tmp/echo)");
        Assert.Equal(boot, await kept.RunAsync("cat /proc/sys/kernel/random/boot_id"));
        Assert.DoesNotContain("disconnected", string.Join('\n', kept.Daemon.Log), StringComparison.Ordinal);
        resumed.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills, {stream.Read >> 20} MiB each way, nothing lost or doubled; from kill to next byte: median {resumed[kills / 2]:0.0} ms, p99 {resumed[kills * 99 / 100]:0.0} ms, max {resumed[^1]:0.0} ms"));
    }

    [Fact]
    public async Task A_guest_keeps_its_port_and_a_plain_client_comes_again()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=unix:FOLDER/a.sock");
        await kept.BootAsync("org.example.0");
        await kept.EchoAsync("org.example.0");
        for (int i = 0; i < 3; i++)
        {
            using (NetworkStream client = await HostClients.ConnectAsync(kept["a.sock"]))
            {
                await AssertEchoesAsync(client, i);
                await kept.ReplaceAsync();
                Assert.Equal(0, await client.ReadAsync(new byte[100]).AsTask().WaitAsync(GuestRig.Patience)); // Its end of it is gone, and it knows.
            }
        }

        using NetworkStream last = await HostClients.ConnectAsync(kept["a.sock"]);
        await AssertEchoesAsync(last, 9);
        await kept.RunAsync("kill -0 $(cat /tmp/echo)");
    }

    [Fact]
    public async Task A_guest_boots_while_its_workers_are_killed()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=unix:FOLDER/a.sock");
        await kept.BeginBootAsync("org.example.0");
        Task ready = kept.Linux.WaitReadyAsync(GuestRig.Patience);
        var random = new Random(7);
        while (!ready.IsCompleted)
        {
            await Task.Delay(random.Next(0, 1000));
            await kept.ReplaceAsync();
        }

        await ready;
        await kept.EchoAsync("org.example.0");
        using NetworkStream client = await HostClients.ConnectAsync(kept["a.sock"]);
        await AssertEchoesAsync(client, 1);
    }

    [Fact]
    public async Task Workers_that_die_as_soon_as_they_serve_are_replaced_ever_more_seldom_and_their_guest_stays()
    {
        await using KeptDaemon kept = await KeptDaemon.StartAsync("--port", "org.example.0=unix:FOLDER/a.sock");
        await kept.BootAsync("org.example.0");
        await kept.EchoAsync("org.example.0");
        for (int i = 0; i < 7; i++)
        {
            await kept.ReplaceAsync();
        }

        await kept.Daemon.UntilLogAsync("workers failed one after the other; the next is started in");
        using NetworkStream client = await HostClients.ConnectAsync(kept["a.sock"]);
        await AssertEchoesAsync(client, 1);
    }

    private static async Task AssertEchoesAsync(NetworkStream client, int number)
    {
        byte[] sent = System.Text.Encoding.ASCII.GetBytes($"hello, for the {number}. time\n");
        await client.WriteAsync(sent);
        Assert.Equal(sent, await client.ReadAsync(sent.Length));
    }
}
