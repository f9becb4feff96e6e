using System.Text.Json;
using FastRing.Spec;

namespace FastRing.EndToEnd;

/// <summary>A driver that others wrote, and that looks at rings in ways of its own: DPDK's net_virtio_user.</summary>
[Collection(nameof(Alone))]
public sealed class DpdkTests
{
    private const int Packets = 200; // Fewer than a ring has entries: testpmd drops what does not fit.

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    public Task Packets_of_the_DPDK_driver_come_back_as_they_were(bool packed, bool inOrder, bool mergeable) =>
        AssertLoopsBackAsync(packed, inOrder, mergeable, queueSize: 256, Packets);

    [Theory]
    [InlineData(false, 32)]
    [InlineData(false, 1024)]
    [InlineData(true, 32)]
    [InlineData(true, 1024)]
    public Task Packets_of_the_DPDK_driver_come_back_whatever_the_size_of_its_queues(bool packed, int queueSize) =>
        AssertLoopsBackAsync(packed, inOrder: false, mergeable: true, queueSize, Math.Min(Packets, queueSize / 2));

    private static async Task AssertLoopsBackAsync(bool packed, bool inOrder, bool mergeable, int queueSize, int packets)
    {
        using var folder = new TemporaryFolder();
        byte[][] sent = [.. Enumerable.Range(0, packets).Select(i => NetDriver.Packet(60 + (i * 37 % 1455), i)[NetDriver.HeaderBytes..])];
        Pcap.Write(folder["in.pcap"], sent);
        using NetDevice device = await NetDevice.StartAsync(
            "loopback", [.. Option(packed, "--packed"), .. Option(inOrder, "--in-order"), .. Option(mergeable, "--mergeable")]);
        string options = $"queue_size={queueSize},packed_vq={Digit(packed)},in_order={Digit(inOrder)},mrg_rxbuf={Digit(mergeable)}";
        using (var testpmd = new Testpmd(device.Socket, options, folder["in.pcap"], folder["out.pcap"]))
        {
            await testpmd.ForwardAsync(packets);
        }

        JsonElement result = await device.ResultAsync();
        ulong ring = Bit(packed, VirtioFeatures.RingPacked) | Bit(inOrder, VirtioFeatures.InOrder) | Bit(mergeable, NetDriver.MergeableBuffers);
        Assert.Equal(ring, result.GetProperty("features").GetUInt64() & (VirtioFeatures.RingPacked | VirtioFeatures.InOrder | NetDriver.MergeableBuffers));
        Assert.Equal(packets, result.GetProperty("packets").GetInt64());
        Assert.Equal(sent, Pcap.Read(folder["out.pcap"]));
    }

    private static IEnumerable<string> Option(bool wanted, string option) => wanted ? [option] : [];

    private static ulong Bit(bool wanted, ulong feature) => wanted ? feature : 0;

    private static char Digit(bool value) => value ? '1' : '0';
}
