using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using FastRing.Console;
using FastRing.Console.Ports;
using FastRing.Host.Serving;

namespace FastRing.EndToEnd;

/// <summary>What a port does with bytes nobody takes, and how many it lets pass, as a Linux guest sees it.</summary>
public sealed class PortPolicyTests
{
    private const string Links = GuestRig.Links;

    [Fact]
    public async Task What_a_client_left_behind_is_discarded_or_kept_as_the_port_says()
    {
        const int Bytes = 1 << 20; // More than a socket holds, less than the ring does.
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 4,
            Ports =
            [
                new PortConfig { Name = "usual", Backend = "unix:FOLDER/usual.sock" },
                new PortConfig { Name = "keep", Backend = "unix:FOLDER/keep.sock", WhenClientLeaves = "keep" },
                new PortConfig { Name = "forget", Backend = "unix:FOLDER/forget.sock", WhenClientLeaves = "keep", WhenHostClosed = "discard" },
            ],
        });
        await rig.RunAsync($"dd if=/dev/urandom of=/tmp/sent bs=8k count={Bytes >> 13} 2>/dev/null");

        foreach (Port port in rig.Device.Ports.Skip(1))
        {
            string name = port.Name;
            await rig.RunAsync(
                $"(exec 3>{Links}/{name}; dd if=/tmp/sent bs=8k >&3; >/tmp/{name}; until [ -e /tmp/next-{name} ]; do usleep 10000; done; echo next >&3) >/dev/null 2>&1 &");
            using (NetworkStream neverReads = await HostClients.ConnectAsync(rig[$"{name}.sock"]))
            {
                await rig.WaitAsync($"-e /tmp/{name}");
            }

            await GuestRig.UntilAsync(() => !port.IsHostOpen);
            int taken = (int)port.Counters.BytesToHost;
            int discarded = name == "keep" ? 0 : Bytes - taken;
            Assert.InRange(taken, 1, Bytes - 1);
            await GuestRig.UntilAsync(() => (int)port.Counters.BytesDiscarded == discarded);

            using NetworkStream next = await HostClients.ConnectAsync(rig[$"{name}.sock"]);
            byte[] rest = await next.ReadAsync(Bytes - taken - discarded);
            await rig.RunAsync($">/tmp/next-{name}");

            Assert.Equal("next\n"u8.ToArray(), await next.ReadAsync(5));
            Assert.Equal(await rig.RunAsync($"tail -c {rest.Length} /tmp/sent | sha256sum | cut -d' ' -f1"), Convert.ToHexStringLower(SHA256.HashData(rest)));
            Assert.Equal(discarded, (int)port.Counters.BytesDiscarded);
        }
    }

    [Fact]
    public async Task A_limit_holds_the_guests_writers_and_the_hosts_until_it_is_lifted()
    {
        const int BytesPerSecond = 64 << 10;
        const int MessagesPerSecond = 50;
        const int Total = 1 << 20;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            MaxPorts = 4,
            Ports =
            [
                new PortConfig { Name = "bytes", Backend = "null", Limits = new LimitsConfig { ToHost = new RateConfig { BytesPerSecond = BytesPerSecond } } },
                new PortConfig { Name = "messages", Backend = "null", Limits = new LimitsConfig { ToHost = new RateConfig { MessagesPerSecond = MessagesPerSecond } } },
                new PortConfig { Name = "in", Backend = "unix:FOLDER/in.sock", Limits = new LimitsConfig { ToGuest = new RateConfig { BytesPerSecond = BytesPerSecond } } },
            ],
        });
        using NetworkStream client = await HostClients.ConnectAsync(rig["in.sock"]);
        byte[] sent = RandomNumberGenerator.GetBytes(Total);
        long start = Stopwatch.GetTimestamp();
        Task sending = client.WriteAsync(sent).AsTask();

        // What does not pass is more than the guest's ring holds: the writers are held too.
        await rig.RunAsync(
            $"""
            (dd if=/dev/zero of={Links}/bytes bs=512 count={Total / 512}; echo >/tmp/bytes) >/dev/null 2>&1 &
            (dd if=/dev/zero of={Links}/messages bs=8 count=1000; echo >/tmp/messages) >/dev/null 2>&1 &
            (head -c {Total} {Links}/in | sha256sum | cut -d' ' -f1 >/tmp/in; echo >/tmp/all-in) >/dev/null 2>&1 &
            """);
        for (int i = 0; i < 20; i++)
        {
            await Task.Delay(50);
            AssertWithin(() => rig.Port("bytes").Counters.BytesToHost, BytesPerSecond, 512, start);
            AssertWithin(() => rig.Port("messages").Counters.BytesToHost / 8, MessagesPerSecond, 1, start);
            AssertWithin(() => rig.Port("in").Counters.BytesToGuest, BytesPerSecond, 4096, start);
        }

        await rig.RunAsync("! ls /tmp/bytes /tmp/messages /tmp/all-in 2>/dev/null");
        Assert.False(sending.IsCompleted);
        Assert.All(rig.Device.Ports.Skip(1), p => Assert.NotEqual(0UL, p.Counters.BytesToHost + p.Counters.BytesToGuest));

        await Task.WhenAll(rig.Device.Ports.Skip(1).Select(p => p.SetLimitsAsync(PortLimits.None)));

        await sending;
        await rig.WaitAsync("-e /tmp/bytes -a -e /tmp/messages -a -e /tmp/all-in");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(sent)), await rig.RunAsync("cat /tmp/in"));
        await GuestRig.UntilAsync(() => rig.Port("bytes").Counters.BytesToHost == Total && rig.Port("messages").Counters.BytesToHost == 8000);
    }

    /// <summary>No more than a limit lets pass: what it allows ahead (20 ms), and a buffer, included. The clock is read last, so a slow machine can't fail this.</summary>
    private static void AssertWithin(Func<ulong> passed, double perSecond, double buffer, long start)
    {
        ulong seen = passed();
        double most = (perSecond * (Stopwatch.GetElapsedTime(start).TotalSeconds + 0.02)) + buffer;
        Assert.True(seen <= most, $"{seen} passed where {most} may");
    }
}
