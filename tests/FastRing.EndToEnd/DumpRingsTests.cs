using System.Net.Sockets;
using System.Text.Json;
using FastRing.Console.Spec;

namespace FastRing.EndToEnd;

/// <summary>A real guest whose channel is stuck, and the command that says why.</summary>
public sealed class DumpRingsTests
{
    private const string Port = "org.example.a";

    [Fact]
    public async Task What_a_stuck_channel_waits_for_is_one_command_away()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        JsonElement quiet = await PortAsync(rig);
        Assert.Equal(["no program in the guest opened it"], Findings(quiet));

        using NetworkStream client = await HostClients.ConnectAsync(rig["a.sock"]);
        await rig.InGuestAsync($"(dd if=/dev/zero bs=4k count=1024 <>/dev/virtio-ports/{Port} >&0; >/tmp/written) >/dev/null 2>&1 &");
        JsonElement stalled = await UntilAsync(rig, port => port.GetProperty("stalledSeconds").ValueKind == JsonValueKind.Number);
        Assert.Contains(Findings(stalled), f => f.StartsWith("the client has not read for ", StringComparison.Ordinal));
        int number = stalled.GetProperty("number").GetInt32();
        JsonElement ring = await RingAsync(rig, QueueMap.TransmitQueue(number));
        Assert.Equal("Started", ring.GetProperty("state").GetString());
        JsonElement look = ring.GetProperty("ring");
        Assert.Equal(look.GetProperty("size").GetInt32(), look.GetProperty("inFlightCount").GetInt32() + look.GetProperty("waitingCount").GetInt32()); // Linux fills its ring, then waits.
        Assert.All(look.GetProperty("inFlight").EnumerateArray(), chain => Assert.Equal(4096, chain.GetProperty("descriptors")[0].GetProperty("length").GetInt32()));

        (_, string table, _) = await Programs.TryRunAsync(Programs.FastRing, ["dump-rings", $"{rig.DaemonProcessId}", "--port", $"{number}", "--chains"]);
        Assert.Contains($"vm0/{Port} (port {number}): the client has not read for", table, StringComparison.Ordinal);
        Assert.Contains(" 4096 device reads", table, StringComparison.Ordinal);

        byte[] bytes = new byte[1 << 20];
        long read = 0;
        while (read < 4 << 20)
        {
            read += await client.ReadAsync(bytes).AsTask().WaitAsync(GuestRig.Patience);
        }

        await rig.WaitInGuestAsync("-e /tmp/written");
        JsonElement free = await UntilAsync(rig, port => port.GetProperty("stalledSeconds").ValueKind == JsonValueKind.Null);
        Assert.DoesNotContain(Findings(free), f => f.Contains("has not read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Buffers_a_guest_keeps_are_counted()
    {
        await using CommandRig rig = await CommandRig.StartAsync();
        await rig.InGuestAsync($"(exec 3<>/dev/virtio-ports/{Port}; >/tmp/open; sleep 600) >/dev/null 2>&1 &");
        await rig.WaitInGuestAsync("-e /tmp/open");
        using NetworkStream client = await HostClients.ConnectAsync(rig["a.sock"]);
        await client.WriteAsync(new byte[100]);

        JsonElement port = await UntilAsync(rig, p => p.GetProperty("bytesOut").GetInt64() == 100);

        Assert.Contains($"the guest has not returned {port.GetProperty("buffersOut").GetInt64()} receive buffers, with 100 bytes in them", Findings(port));
    }

    private static async Task<JsonElement> UntilAsync(CommandRig rig, Func<JsonElement, bool> condition)
    {
        JsonElement port = await PortAsync(rig);
        for (int i = 0; i < 200 && !condition(port); i++)
        {
            await Task.Delay(100);
            port = await PortAsync(rig);
        }

        Assert.True(condition(port), port.ToString());
        return port;
    }

    private static string[] Findings(JsonElement port) => [.. port.GetProperty("findings").EnumerateArray().Select(f => f.GetString()!)];

    private static async Task<JsonElement> PortAsync(CommandRig rig) =>
        Assert.Single((await DumpAsync(rig)).GetProperty("ports").EnumerateArray().Select(p => p.GetProperty("report")), p => p.GetProperty("name").GetString() == Port);

    private static async Task<JsonElement> RingAsync(CommandRig rig, int queue) =>
        Assert.Single((await DumpAsync(rig)).GetProperty("rings").EnumerateArray().Select(r => r.GetProperty("report")), r => r.GetProperty("queue").GetInt32() == queue);

    private static async Task<JsonElement> DumpAsync(CommandRig rig) =>
        JsonDocument.Parse(await Programs.RunAsync(Programs.FastRing, ["dump-rings", $"{rig.DaemonProcessId}", "--device", "vm0", "--json"])).RootElement;
}
