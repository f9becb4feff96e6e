using System.Buffers.Binary;
using System.Text.Json;
using FastRing.Spec;

namespace FastRing.EndToEnd;

/// <summary>The network device of bench/FastRing.Workloads, before a foreign driver is let at it.</summary>
[Collection(nameof(Alone))]
public sealed class NetDeviceTests
{
    private const int Header = NetDriver.HeaderBytes;

    /// <summary>Ring features, and the options that make the device offer them.</summary>
    public static TheoryData<ulong, string> Rings => new()
    {
        { VirtioFeatures.Version1, "" },
        { VirtioFeatures.Version1 | VirtioFeatures.EventIndex, "" },
        { VirtioFeatures.Version1 | VirtioFeatures.InOrder, "--in-order" },
        { VirtioFeatures.Version1 | VirtioFeatures.RingPacked, "--packed" },
        { VirtioFeatures.Version1 | VirtioFeatures.RingPacked | VirtioFeatures.EventIndex, "--packed" },
        { VirtioFeatures.Version1 | VirtioFeatures.RingPacked | VirtioFeatures.InOrder, "--packed --in-order" },
    };

    [Theory]
    [MemberData(nameof(Rings))]
    public async Task Loopback_gives_every_packet_back_as_it_was(ulong features, string options)
    {
        using NetDevice device = await StartAsync("loopback", options);
        using (var driver = new NetDriver(device.Socket, features))
        {
            for (int i = 0; i < 300; i++)
            {
                byte[] packet = NetDriver.Packet(1 + (i * 37 % 1500), i);
                driver.Offer(1, 2048);

                // Header and payload in one buffer, as DPDK has them, in two as Linux has, and cut anywhere.
                driver.Send(packet, i % 3 == 0 ? [] : i % 3 == 1 ? [Header] : [5, packet.Length - 1]);
                driver.WaitSent();
                byte[] received = driver.Receive();
                Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(received.AsSpan(10)));
                Assert.Equal(packet[Header..], received[Header..]);
            }
        }

        JsonElement result = await device.ResultAsync();
        Assert.Equal(300, result.GetProperty("packets").GetInt64());
        Assert.Equal(Enumerable.Range(0, 300).Sum(i => 1 + (i * 37 % 1500)), result.GetProperty("bytes").GetInt64());
        Assert.InRange(result.GetProperty("busyNsPerPacket").GetDouble(), 0.01, double.MaxValue);
    }

    [Fact]
    public async Task A_packet_waits_until_there_is_a_buffer_for_it()
    {
        using NetDevice device = await StartAsync("loopback");
        using var driver = new NetDriver(device.Socket, VirtioFeatures.Version1);
        for (int i = 0; i < 3; i++)
        {
            driver.Send(NetDriver.Packet(64, i));
        }

        await Task.Delay(50); // Long enough for a device that drops them.
        Assert.False(driver.WasSent());
        for (int i = 0; i < 3; i++)
        {
            driver.Offer(1, 2048);
            Assert.Equal(NetDriver.Packet(64, i)[Header..], driver.Receive()[Header..]);
            driver.WaitSent();
        }
    }

    [Fact]
    public async Task With_mergeable_buffers_a_packet_spreads_over_as_many_as_it_needs()
    {
        using NetDevice device = await StartAsync("loopback", "--mergeable");
        using var driver = new NetDriver(device.Socket, VirtioFeatures.Version1 | NetDriver.MergeableBuffers);
        foreach (int bytes in (int[])[100, 116, 117, 1000, 5000])
        {
            int buffers = (Header + bytes + 127) / 128;
            byte[] packet = NetDriver.Packet(bytes, bytes);
            driver.Send(packet);
            driver.Offer(buffers - 1, 128);
            await Task.Delay(20);
            Assert.False(driver.WasSent()); // One is missing: nothing of it may be given to the driver yet.
            driver.Offer(1, 128);

            byte[] first = driver.Receive();
            Assert.Equal(buffers, BinaryPrimitives.ReadUInt16LittleEndian(first.AsSpan(10)));
            List<byte> received = [.. first];
            for (int i = 1; i < buffers; i++)
            {
                received.AddRange(driver.Receive());
            }

            Assert.Equal(packet[Header..], received.ToArray()[Header..]);
            driver.WaitSent();
        }
    }

    [Fact]
    public async Task Without_mergeable_buffers_a_packet_too_long_for_its_buffer_is_dropped_and_counted()
    {
        using NetDevice device = await StartAsync("loopback");
        using (var driver = new NetDriver(device.Socket, VirtioFeatures.Version1))
        {
            driver.Offer(2, 128);
            driver.Send(NetDriver.Packet(117, 1));
            driver.WaitSent();
            driver.Send(NetDriver.Packet(116, 2));
            Assert.Equal(NetDriver.Packet(116, 2)[Header..], driver.Receive()[Header..]);
        }

        JsonElement result = await device.ResultAsync();
        Assert.Equal(1, result.GetProperty("tooLong").GetInt64());
        Assert.Equal(1, result.GetProperty("packets").GetInt64());
    }

    [Theory]
    [InlineData("loopback")]
    [InlineData("sink")]
    public async Task What_is_no_packet_is_dropped_and_counted_and_others_pass(string mode)
    {
        using NetDevice device = await StartAsync(mode);
        using (var driver = new NetDriver(device.Socket, VirtioFeatures.Version1))
        {
            driver.Offer(1, 2048);
            foreach (int bytes in (int[])[1, Header - 1, Header, Header + 65536])
            {
                driver.Send(new byte[bytes]);
                driver.WaitSent();
            }

            driver.Send(NetDriver.Packet(64, 1));
            driver.WaitSent();
        }

        JsonElement result = await device.ResultAsync();
        Assert.Equal(4, result.GetProperty("malformed").GetInt64());
        Assert.Equal(1, result.GetProperty("packets").GetInt64());
        Assert.Equal(64, result.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task A_buffer_too_small_for_a_header_comes_back_empty()
    {
        using NetDevice device = await StartAsync("loopback");
        using var driver = new NetDriver(device.Socket, VirtioFeatures.Version1);
        driver.Offer(1, Header - 1);
        driver.Offer(1, 2048);
        driver.Send(NetDriver.Packet(64, 1));
        Assert.Empty(driver.Receive());
        Assert.Equal(NetDriver.Packet(64, 1)[Header..], driver.Receive()[Header..]);
    }

    [Fact]
    public async Task The_source_fills_every_buffer_with_the_same_frame()
    {
        using NetDevice device = await StartAsync("source");
        using (var driver = new NetDriver(device.Socket, VirtioFeatures.Version1))
        {
            driver.Offer(20, 2048);
            byte[] first = driver.Receive();
            Assert.Equal(Header + 64, first.Length);
            Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(first.AsSpan(10)));
            for (int i = 1; i < 40; i++)
            {
                if (i == 20)
                {
                    driver.Offer(20, 2048);
                }

                Assert.Equal(first, driver.Receive());
            }
        }

        Assert.Equal(40, (await device.ResultAsync()).GetProperty("packets").GetInt64());
    }

    [Fact]
    public async Task A_malformed_ring_stops_the_queue_and_not_the_device()
    {
        using NetDevice device = await StartAsync("loopback");
        using (var driver = new NetDriver(device.Socket, VirtioFeatures.Version1))
        {
            driver.SendUnmapped();
            Assert.True(driver.WaitTransmitBroken());
        }

        Assert.Equal(0, (await device.ResultAsync()).GetProperty("packets").GetInt64());
    }

    private static Task<NetDevice> StartAsync(string mode, string options = "") =>
        NetDevice.StartAsync(mode, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
