using System.Net.Sockets;
using System.Security.Cryptography;
using FastRing.Host;
using FastRing.Host.Serving;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;
using Microsoft.Extensions.Logging.Abstractions;

namespace FastRing.EndToEnd;

/// <summary>How a guest's worker waits and how its notifications are gathered, from its configuration.</summary>
public sealed class GuestPoliciesTests
{
    [Fact]
    public void A_guest_that_says_nothing_sleeps_on_any_processor_and_is_notified_at_once() =>
        Assert.Equal(new GuestPolicies(WaitStrategy.Sleep, null, NotificationCoalescing.Immediate, MemorySealPolicy.Any, TimeSpan.Zero), GuestPolicies.Of(new GuestConfig()));

    [Fact]
    public void What_a_configuration_file_says_is_what_holds()
    {
        int cpu = CpuAffinity.Get()[0];
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["guests.json"], $$"""
            {"guests": [
                {"socketPath": "a", "wait": "poll", "cpu": {{cpu}}, "coalesceBuffers": 8},
                {"socketPath": "b", "wait": "adaptive", "coalesceUs": 30, "memorySeals": "add"},
                {"socketPath": "c", "wait": "adaptive", "pollBudgetUs": 200, "coalesceBuffers": 8, "coalesceUs": 30, "lookUs": 40, "memorySeals": "require"}]}
            """);

        List<GuestPolicies> read = [.. ConfigFile.Read(folder["guests.json"]).Select(GuestPolicies.Of)];

        TimeSpan delay = TimeSpan.FromMicroseconds(30);
        Assert.Equal(new GuestPolicies(WaitStrategy.Poll, cpu, NotificationCoalescing.ByCount(8), MemorySealPolicy.Any, TimeSpan.Zero), read[0]);
        Assert.Equal(new GuestPolicies(WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(50)), null, NotificationCoalescing.ByTime(delay), MemorySealPolicy.Add, TimeSpan.Zero), read[1]);
        Assert.Equal(new GuestPolicies(WaitStrategy.PollThenSleep(TimeSpan.FromMicroseconds(200)), null, NotificationCoalescing.ByCountOrTime(8, delay), MemorySealPolicy.Require, TimeSpan.FromMicroseconds(40)), read[2]);
    }

    [Fact]
    public void What_is_impossible_is_refused_with_the_guests_name()
    {
        Refused("unknown wait 'nap'", c => c.Wait = "nap");
        Refused("a poll budget goes with wait 'adaptive', not 'sleep'", c => c.PollBudgetUs = 10);
        Refused("a poll budget is for 1 to 1000000 microseconds, not 0", c => (c.Wait, c.PollBudgetUs) = ("adaptive", 0));
        Refused("a poll budget is for 1 to 1000000 microseconds, not 1000001", c => (c.Wait, c.PollBudgetUs) = ("adaptive", 1_000_001));
        Refused("a notification's delay is for 1 to 1000000 microseconds, not -5", c => c.CoalesceUs = -5);
        Refused("a notification is for 1 to 32768 used buffers, not 32769", c => c.CoalesceBuffers = 32_769);
        Refused("the delay between two looks is for 1 to 1000000 microseconds, not 0", c => c.LookUs = 0);
        Refused("cpu -1: this process may use", c => c.Cpu = -1);

        static void Refused(string why, Action<GuestConfig> wrong)
        {
            var config = new GuestConfig { Name = "vm0" };
            wrong(config);
            Assert.StartsWith($"guest 'vm0': {why}", Assert.Throws<UsageException>(() => GuestPolicies.Of(config)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Guests_that_wait_differently_are_served_side_by_side()
    {
        using var folder = new TemporaryFolder();
        string[] ways = ["sleep", "poll", "adaptive", "poll", "sleep"];
        GuestConfig[] configs = [.. ways.Select((way, i) => new GuestConfig { SocketPath = folder[$"{i}.sock"], Wait = way, CoalesceUs = 20 })];

        using ServedGuests served = ServedGuests.Open(configs, NullLogger.Instance);
        await served.StartAsync();

        Assert.Equal(configs, served.Guests.Select(g => g.Config));
        Assert.All(configs, config =>
        {
            using VhostUserFrontend frontend = VhostUserFrontend.Connect(config.SocketPath!);
            Assert.NotEqual(0UL, frontend.GetFeatures());
        });
        Assert.All(served.Guests, g => Assert.Equal(NotificationCoalescing.ByTime(TimeSpan.FromMicroseconds(20)), g.Backend.Coalescing));
    }

    [Fact]
    public async Task A_guest_whose_notifications_are_gathered_for_a_second_hears_at_once_of_what_it_receives()
    {
        const int Messages = 120; // Two minutes, if each had to wait.
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            CoalesceUs = 1_000_000,
            Ports = [new PortConfig { Name = "talk", Backend = "unix:FOLDER/talk.sock" }],
        });
        await using NetworkStream host = await HostClients.ConnectAsync(rig["talk.sock"]);
        Task<string> echo = rig.RunAsync($"dd bs=64 count={Messages} iflag=fullblock <>{GuestRig.Links}/talk >&0 2>/dev/null");
        for (int i = 0; i < Messages; i++)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(64);
            await host.WriteAsync(sent);
            Assert.Equal(sent, await host.ReadAsync(sent.Length));
        }

        await echo;
    }

    [Fact]
    public async Task A_guest_that_is_looked_at_now_and_then_sends_all_there_is()
    {
        const int Bytes = 4 << 20;
        await using GuestRig rig = await GuestRig.StartAsync(new GuestConfig
        {
            PackedRing = false,
            LookUs = 5000,
            Ports = [new PortConfig { Name = "talk", Backend = "unix:FOLDER/talk.sock" }],
        });
        await using NetworkStream host = await HostClients.ConnectAsync(rig["talk.sock"]);
        await rig.RunAsync($"dd if=/dev/urandom of=/tmp/sent bs=64k count={Bytes >> 16} 2>/dev/null");
        Task<byte[]> reading = host.ReadAsync(Bytes);

        string sum = await rig.RunAsync($"dd if=/tmp/sent of={GuestRig.Links}/talk bs=512 2>/dev/null; sha256sum </tmp/sent");

        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(await reading)), sum, StringComparison.Ordinal);
        VirtqueueCounters counters = rig.Port("talk").TransmitCounters!;
        Assert.InRange(counters.Looks, 1UL, counters.Chains / 4);
    }
}
