using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using FastRing.Client;

namespace FastRing.EndToEnd;

/// <summary>A resumable port of the real program, a Linux guest's, and the client library.</summary>
public sealed class ResumeTests
{
    private const string Port = "org.example.sync";
    private const string Path = GuestRig.Links + "/" + Port;

    [Fact]
    public async Task A_guests_streams_are_whole_both_ways_over_connections_cut_at_random()
    {
        const int Blocks = 128;
        const int Bytes = Blocks << 16;
        await using ManagedDaemon daemon = await ServeAsync();
        await daemon.BootAsync("vm0.sock", Port);
        var connections = new Connections();
        await using var channel = new ResumableChannel(daemon["sync.sock"], new ResumableOptions { Connected = connections.Add });
        ResumableStream session = await channel.NextSessionAsync().WaitAsync(GuestRig.Patience);
        byte[] sent = RandomNumberGenerator.GetBytes(Bytes);
        byte[] received = new byte[Bytes];
        using var stop = new CancellationTokenSource();
        Task cuts = connections.CutAsync(stop.Token);

        await daemon.RunAsync($"dd if=/dev/urandom of=/tmp/sent bs=64k count={Blocks} 2>/dev/null");
        Task<string> guest = daemon.RunAsync(
            $"""
            exec 3<>{Path}
            (dd bs=64k count={Blocks} iflag=fullblock <&3 2>/dev/null | sha256sum >/tmp/sum; cut -d' ' -f1 /tmp/sum >/tmp/received) &
            dd if=/tmp/sent obs=10000 >&3 2>/dev/null
            wait
            sha256sum </tmp/sent | cut -d' ' -f1; cat /tmp/received
            """);
        Task write = WriteAsync(session, sent);
        await session.ReadExactlyAsync(received).AsTask().WaitAsync(GuestRig.Patience);
        await write.WaitAsync(GuestRig.Patience);
        Assert.Equal([Sum(received), Sum(sent)], (await guest).Split('\n'));
        await stop.CancelAsync();
        await cuts;
        Assert.True(connections.Count > 10, $"{connections.Count} connections only"); // Or it shows nothing.

        // The guest's program has ended, and with it the session: every byte was in it.
        Assert.Equal(0, await session.ReadAsync(received).AsTask().WaitAsync(GuestRig.Patience));
        Assert.Equal(new SessionEnded(SessionEnd.GuestClosed, Bytes, Bytes), session.Ended);
    }

    [Fact]
    public async Task Each_opening_of_the_port_is_a_session_whose_stream_is_the_programs()
    {
        await using ManagedDaemon daemon = await ServeAsync();
        await daemon.BootAsync("vm0.sock", Port);
        var connections = new Connections();
        await using var channel = new ResumableChannel(daemon["sync.sock"], new ResumableOptions { Connected = connections.Add });
        using var stop = new CancellationTokenSource();
        Task cuts = connections.CutAsync(stop.Token);

        // Without waiting for anything in between: a program's last bytes may be in its buffers still when the next has the port.
        Task<string> guest = daemon.RunAsync(
            $"for i in 1 2 3 4 5 6 7 8; do dd if=/dev/urandom of=/tmp/sent bs=10000 count=$i 2>/dev/null; cat /tmp/sent >{Path}; sha256sum </tmp/sent | cut -d' ' -f1; done");
        List<string> sums = [];
        for (int i = 0; i < 8; i++)
        {
            ResumableStream session = await channel.NextSessionAsync().WaitAsync(GuestRig.Patience);
            using var all = new MemoryStream();
            await session.CopyToAsync(all).WaitAsync(GuestRig.Patience);
            sums.Add(Sum(all.ToArray()));
            Assert.Equal(new SessionEnded(SessionEnd.GuestClosed, (ulong)all.Length, 0), session.Ended);
        }

        Assert.Equal((await guest).Split('\n'), sums);
        await stop.CancelAsync();
        await cuts;
        JsonElement port = await daemon.GetAsync($"/v1/guests/vm0/ports/{Port}");
        Assert.Equal(0, port.GetProperty("bytesDiscarded").GetInt64());
        Assert.NotEqual(Guid.Empty, port.GetProperty("session").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_guest_whose_driver_goes_and_comes_ends_the_session_and_begins_another()
    {
        await using ManagedDaemon daemon = await ServeAsync();
        await daemon.BootAsync("vm0.sock", Port);
        await using var channel = new ResumableChannel(daemon["sync.sock"]);
        ResumableStream session = await channel.NextSessionAsync().WaitAsync(GuestRig.Patience);
        await session.WriteAsync("one"u8.ToArray());
        Assert.Equal("one", await daemon.RunAsync($"exec 3<>{Path}; head -c 3 <&3"));
        await daemon.RunAsync($"rmmod virtio_console; insmod /lib/virtio_console.ko; wait-port {Port}");

        Assert.Equal(0, await session.ReadAsync(new byte[1]).AsTask().WaitAsync(GuestRig.Patience));
        Assert.Contains(session.Ended!.Why, (SessionEnd[])[SessionEnd.GuestClosed, SessionEnd.GuestReset]);
        ResumableStream next = await channel.NextSessionAsync().WaitAsync(GuestRig.Patience);
        await next.WriteAsync("two"u8.ToArray());
        Assert.Equal("two", await daemon.RunAsync($"exec 3<>{Path}; head -c 3 <&3"));
    }

    private static Task<ManagedDaemon> ServeAsync() => ManagedDaemon.StartAsync(
        $$"""
        { "api": { "socketPath": "FOLDER/api.sock" },
          "guests": [ { "name": "vm0", "socketPath": "FOLDER/vm0.sock", "maxPorts": 2, "ports": [ { "name": "{{Port}}", "backend": "resume:FOLDER/sync.sock,resume-seconds=30" } ] } ] }
        """);

    private static async Task WriteAsync(ResumableStream session, byte[] bytes)
    {
        await session.WriteAsync(bytes);
        await session.FlushAsync();
    }

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Connections of a channel, and somebody who cuts them.</summary>
    private sealed class Connections
    {
        private Socket? _last;
        private int _count;

        public int Count => _count;

        public void Add(Socket socket)
        {
            Volatile.Write(ref _last, socket);
            _count++;
        }

        public async Task CutAsync(CancellationToken stop)
        {
            var random = new Random(7);
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(random.Next(1, 60), CancellationToken.None);
                try
                {
                    Volatile.Read(ref _last)?.Shutdown((SocketShutdown)random.Next(3));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // It is between two.
                }
            }
        }
    }
}
