using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using static FastRing.Transports.Tests.Support.VfioUserClient;
using static FastRing.VfioUser.Protocol.VfioUserCommand;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>What a vfio-user client may ask, and what it is told when it asks for something else.</summary>
public sealed class VfioUserServerTests : IDisposable
{
    private const ulong MiB = 1 << 20;
    private readonly VfioUserFixture _fixture = new();

    private BackendCounters Counters => _fixture.Server.Counters;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_client_is_told_of_a_PCI_function_and_its_regions_and_interrupts()
    {
        using VfioUserClient client = _fixture.Connect();
        Assert.Equal(Words(16, 3, 9, 5), client.Do(DeviceGetInfo, Words(16, 0, 0, 0)));
        uint[] sizes = [0x4000, 0x2000, 0, 0, 0, 0, 0, 0x100, 0];
        for (uint i = 0; i < sizes.Length; i++)
        {
            Assert.Equal(Words(32, sizes[i] > 0 ? 3u : 0, i, 0, sizes[i], 0, 0, 0), client.Do(DeviceGetRegionInfo, Words(32, 0, i, 0, 0, 0, 0, 0)));
        }

        Assert.Equal(Words(16, 7, 0, 1), client.Do(DeviceGetIrqInfo, Words(16, 0, 0, 0)));
        Assert.Equal(Words(16, 0, 1, 0), client.Do(DeviceGetIrqInfo, Words(16, 0, 1, 0)));
        Assert.Equal(Words(16, 1, 2, 3), client.Do(DeviceGetIrqInfo, Words(16, 0, 2, 0)));
    }

    [Theory]
    [InlineData("{\"capabilities\":{\"max_msg_fds\":16,\"write_multiple\":true}}\0", 0)]
    [InlineData("{}\0", 0)]
    [InlineData("", 0)]
    [InlineData("{}", Errno.EINVAL)] // Without its end.
    [InlineData("\0", Errno.EINVAL)]
    [InlineData("{\"capabilities\":\0", Errno.EINVAL)]
    [InlineData("{\"capabilities\":[]}\0", Errno.EINVAL)]
    [InlineData("{\"\\ud800\":1}\0", 0)]
    [InlineData("[]\0", Errno.EINVAL)]
    public void A_version_comes_with_JSON_or_is_refused(string json, int error)
    {
        using VfioUserClient client = VfioUserClient.Connect(_fixture.Path);
        (int answered, byte[] reply) = client.Ask(VfioUserCommand.Version, [0, 0, 3, 0, .. System.Text.Encoding.UTF8.GetBytes(json)]);
        Assert.Equal(error, answered);
        if (error == 0)
        {
            Assert.Equal([0, 0, 0, 0], reply[..4]);
            Assert.Equal("max_data_xfer_size,max_dma_maps,max_msg_fds,pgsizes", string.Join(',', System.Text.Json.JsonDocument.Parse(reply.AsMemory(4, reply.Length - 5))
                .RootElement.GetProperty("capabilities").EnumerateObject().Select(p => p.Name).Order()));
        }

        Assert.Equal(error == 0 ? 0 : Errno.EPROTO, client.Ask(DeviceReset, []).Error);
        Assert.Equal(error == 0 ? Errno.EINVAL : 0, client.Ask(VfioUserCommand.Version, [0, 0, 0, 0]).Error);
    }

    [Fact]
    public void Another_major_version_is_refused()
    {
        using VfioUserClient client = VfioUserClient.Connect(_fixture.Path);
        Assert.Equal(Errno.EINVAL, client.Ask(VfioUserCommand.Version, [1, 0, 0, 0]).Error);
        Assert.Equal(Errno.EINVAL, client.Ask(VfioUserCommand.Version, [0, 0, 0]).Error);
        Assert.Equal(0, client.Ask(VfioUserCommand.Version, [0, 0, 0, 0]).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(18)]
    [InlineData(0xffff)]
    public void A_command_it_does_not_know_is_refused_and_the_next_is_done(int command)
    {
        using VfioUserClient client = _fixture.Connect();
        Assert.Equal(Errno.EOPNOTSUPP, client.Ask((VfioUserCommand)command, new byte[24]).Error);
        Assert.Equal(1ul, Counters.Rejected(RejectionReason.UnknownRequest));
        client.Do(DeviceReset, []);
    }

    [Fact]
    public void Every_command_with_a_wrong_size_or_descriptors_too_many_is_refused_and_the_connection_goes_on()
    {
        using VfioUserClient client = _fixture.Connect();
        OwnedFd[] fds = [.. Enumerable.Range(0, 16).Select(_ => EventFd.Create().Fd)];
        foreach ((VfioUserCommand command, FastRing.VfioUser.Server.CommandRow row) in FastRing.VfioUser.Server.CommandTable.Rows)
        {
            ulong wrong = Counters.Rejected(RejectionReason.PayloadSize);
            int[] sizes = [.. ((int[])[row.MinBytes - 1, row.MaxBytes + 1]).Where(s => s is >= 0 and <= VfioUserHeader.MaxPayloadBytes)];
            Assert.All(sizes, size => Assert.Equal(Errno.EINVAL, client.Ask(command, new byte[size]).Error));
            Assert.Equal(wrong + (ulong)sizes.Length, Counters.Rejected(RejectionReason.PayloadSize));
            if (row.MaxFds < 16)
            {
                Assert.Equal(Errno.EINVAL, client.Ask(command, new byte[row.MinBytes], fds.AsSpan(0, row.MaxFds + 1)).Error);
            }
        }

        client.Do(DeviceReset, []);
        Assert.Equal(9ul, Counters.Rejected(RejectionReason.DescriptorCount));
        Array.ForEach(fds, fd => fd.Dispose());
    }

    [Theory]
    [InlineData(1u, 16u)] // A reply.
    [InlineData(0xfu, 16u)]
    [InlineData(0u, 15u)] // Shorter than its header.
    [InlineData(0u, 0u)]
    [InlineData(0u, 16u + 16 + 4096 + 1)]
    [InlineData(0u, uint.MaxValue)]
    public void A_header_that_no_command_has_ends_the_connection(uint flags, uint size)
    {
        using VfioUserClient client = _fixture.Connect();
        client.Send(Message(DeviceReset, [], flags: flags, size: size));
        Assert.True(client.IsClosedByServer());
        using VfioUserClient next = _fixture.Connect();
        next.Do(DeviceReset, []);
    }

    [Fact]
    public void More_descriptors_than_a_message_may_have_end_the_connection()
    {
        using VfioUserClient client = _fixture.Connect();
        OwnedFd[] fds = [.. Enumerable.Range(0, 17).Select(_ => EventFd.Create().Fd)];
        client.Send(Message(DeviceSetIrqs, new byte[20]), fds);
        Assert.True(client.IsClosedByServer());
        Array.ForEach(fds, fd => fd.Dispose());
        Assert.Equal(1ul, Counters.Rejected(RejectionReason.DescriptorsLost));
    }

    [Fact]
    public void A_client_that_leaves_in_the_middle_of_a_message_is_counted_and_the_next_is_served()
    {
        using (VfioUserClient client = _fixture.Connect())
        {
            client.Send(Message(DeviceGetInfo, [1, 2, 3], size: 32));
        }

        using VfioUserClient next = _fixture.Connect();
        Assert.Equal((1ul, 2ul), (Counters.Rejected(RejectionReason.CutOff), Counters.Sessions));
    }

    [Fact]
    public void Half_a_command_has_a_deadline()
    {
        using var hurried = new VfioUserFixture(TimeSpan.FromMilliseconds(20));
        using VfioUserClient client = hurried.Connect();
        client.Send(Message(DeviceGetInfo, [1, 2, 3], size: 32));
        Assert.True(client.IsClosedByServer());
        Assert.Equal(1ul, hurried.Server.Counters.Rejected(RejectionReason.Timeout));
    }

    [Fact]
    public void A_client_that_does_not_read_its_replies_is_cut_off()
    {
        using VfioUserClient client = _fixture.Connect();
        byte[] read = Message(RegionRead, Words(0, 0, 0, 4096));
        while (client.Send(read))
        {
        }

        Patience.Await(() => Counters.Rejected(RejectionReason.ReplyNotRead) == 1, "the end of it");
    }

    [Fact]
    public void Two_hundred_clients_leave_descriptors_and_mappings_as_they_were()
    {
        ComeAndGo();
        (int Descriptors, int Mappings) before = Open();
        for (int i = 0; i < 200; i++)
        {
            ComeAndGo();
        }

        Assert.Equal(before.Descriptors, Open().Descriptors);
        Assert.InRange(Open().Mappings, 0, before.Mappings + 50); // The runtime's own come and go.
    }

    [Fact]
    public void A_command_that_wants_no_reply_gets_none_not_even_an_error()
    {
        using VfioUserClient client = _fixture.Connect();
        client.Send(Message(DeviceReset, [], id: 7, flags: 0x10));
        client.Send(Message((VfioUserCommand)99, [], id: 8, flags: 0x10));
        client.Do(DeviceGetInfo, Words(16, 0, 0, 0)); // Its reply is the first there is.
        Assert.Equal(1, _fixture.Worker.Run(() => _fixture.Echo.Resets));
    }

    [Theory]
    [InlineData(0, 0x4000, 1)]
    [InlineData(0, 0x3fff, 2)]
    [InlineData(0, ulong.MaxValue, 1)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 4097)]
    [InlineData(0, 0, uint.MaxValue)]
    [InlineData(2, 0, 4)]
    [InlineData(6, 0, 4)]
    [InlineData(7, 0xfe, 4)]
    [InlineData(8, 0, 4)]
    [InlineData(9, 0, 4)]
    [InlineData(uint.MaxValue, 0, 4)]
    public void Bytes_that_a_region_does_not_have_are_not_read_nor_written(uint region, ulong offset, uint count)
    {
        using VfioUserClient client = _fixture.Connect();
        byte[] access = Words((uint)offset, (uint)(offset >> 32), region, count);
        Assert.Equal(Errno.EINVAL, client.Ask(RegionRead, access).Error);
        Assert.Equal(Errno.EINVAL, client.Ask(RegionWrite, [.. access, .. new byte[Math.Min(count, 4096)]]).Error);
    }

    [Fact]
    public void A_write_has_as_many_bytes_as_it_says()
    {
        using VfioUserClient client = _fixture.Connect();
        Assert.Equal(Errno.EINVAL, client.Ask(RegionWrite, [.. Words(0x14, 0, 0, 1), 1, 0]).Error);
        Assert.Equal(Errno.EINVAL, client.Ask(RegionWrite, Words(0x14, 0, 0, 1)).Error);
        Assert.Equal(Words(0x14, 0, 0, 1), client.Do(RegionWrite, [.. Words(0x14, 0, 0, 1), 1]));
        Assert.Equal([.. Words(0x14, 0, 0, 1), 1], client.Do(RegionRead, Words(0x14, 0, 0, 1)));
        Assert.Equal(16 + 4096, client.Do(RegionRead, Words(0, 0, 0, 4096)).Length); // Which is no field, so zeros.
        Assert.Equal(1ul, _fixture.Server.RegisterCounters!.IgnoredAccesses);
    }

    [Fact]
    public void A_client_that_comes_next_has_a_function_that_nobody_used()
    {
        using (VfioUserDriver driver = _fixture.Driver(out DriverQueue queue))
        {
            Echo.Once(driver, queue);
        }

        using VfioUserDriver next = _fixture.Driver(out DriverQueue again);
        Echo.Once(next, again);
        Assert.Equal((2ul, 2), (Counters.Sessions, _fixture.Echo.Stops + 1));
    }

    [Fact]
    public void The_machine_s_reset_resets_the_function_and_leaves_the_client_s_descriptors()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);
        driver.Client.Do(DeviceReset, []);
        Assert.Equal(DeviceStatus.None, driver.Status);
        Assert.Equal(0u, driver.Read(PciDriver.Config, 4, 2));
        driver.Write(PciDriver.Config, 4, 2, 6);
        driver.Write(PciDriver.Config, (ulong)driver.Msix + 2, 2, 0x8000);
        driver.Negotiate();
        DriverQueue fresh = driver.StartQueue(0, 16);
        driver.Begin();
        Echo.Once(driver, fresh);
    }

    [Fact]
    public void Random_commands_do_no_harm()
    {
        var random = new Random(Random.Shared.Next());
        using OwnedFd file = MemFd.Create("memory", MiB);
        for (int session = 0; session < 20; session++)
        {
            using VfioUserClient client = _fixture.Connect();
            for (int i = 0; i < 300; i++)
            {
                byte[] payload = new byte[random.Next(8) switch { 0 => random.Next(4112), 1 => 20, 2 => 24, 3 => 32, 4 => 16, _ => 16 + random.Next(9) }];
                random.NextBytes(payload);
                for (int word = 0; word + 4 <= payload.Length && random.Next(8) != 0; word += 4)
                {
                    BitConverter.TryWriteBytes(payload.AsSpan(word), random.Next(4) == 0 ? (uint)random.Next(0x4000) & ~0xfffu : (uint)random.Next(40));
                }

                client.Ask((VfioUserCommand)random.Next(2, 20), payload, random.Next(4) == 0 ? [file] : []);
            }
        }

        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);
    }

    private void ComeAndGo()
    {
        using (VfioUserDriver driver = _fixture.Driver(out DriverQueue queue))
        {
            Echo.Once(driver, queue);
        }

        Patience.Await(() => !_fixture.Server.IsConnected, "the end of it");
        _fixture.Worker.Run(() => { });
    }

    private static (int Descriptors, int Mappings) Open() => (Directory.GetFiles("/proc/self/fd").Length, System.IO.File.ReadLines("/proc/self/maps").Count());
}
