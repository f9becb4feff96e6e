using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Transports.Mmio;
using static FastRing.Transports.Mmio.MmioRegister;

namespace FastRing.Transports.Tests.Mmio;

/// <summary>The registers of virtio-mmio as virtio 1.2, 4.2 has them, and what a driver does wrong.</summary>
public sealed class VirtioMmioTests : IDisposable
{
    private readonly DeviceWorker _worker = new();
    private readonly EchoDevice _device = new() { Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.RingReset };
    private readonly MmioDriver _driver;

    public VirtioMmioTests() => _driver = new MmioDriver(_worker, _device);

    private TransportCounters Counters => _driver.Mmio.Counters;

    public void Dispose()
    {
        _driver.Dispose();
        _worker.Dispose();
        Assert.Null(_device.Transport);
    }

    [Fact]
    public void The_first_registers_say_what_it_is()
    {
        Assert.Equal("virt"u8.ToArray(), BitConverter.GetBytes(_driver.Read(MagicValue)));
        Assert.Equal((2u, 42u, 0x1af4u), (_driver.Read(MmioRegister.Version), _driver.Read(DeviceId), _driver.Read(VendorId)));
        Assert.Equal((256, 256, 0), (_driver.MaxSize(0), _driver.MaxSize(1), _driver.MaxSize(2)));
        Assert.Equal((uint.MaxValue, uint.MaxValue), (_driver.Read(SharedMemory), _driver.Read(SharedMemory + 4)));
        Assert.Equal(0u, _driver.Read(QueueReset));
        Assert.Equal(0ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void Buffers_go_there_and_back_once_the_driver_is_ready_and_not_before()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        queue.Ring.TryAdd([], [new DriverBuffer(_driver.Allocate(8), 8)], 1);
        queue.PublishAndKick();
        _driver.Write(QueueNotify, 0);
        Assert.False(_worker.Run(() => _device.IsStarted(0)));
        Assert.False(queue.Ring.TryTakeUsed(out _));
        _driver.Begin();
        Patience.Await(() => queue.Ring.TryTakeUsed(out _), "what was there before");
        Patience.Await(() => queue.Call.Drain() == 1, "its notification");
        Echo.Once(_driver, queue);
        Assert.Equal(_device.Features, _device.Negotiated); // NOTIFICATION_DATA is the transport's alone.
    }

    [Fact]
    public void A_device_status_is_gone_through_in_its_order_and_what_comes_out_of_it_does_nothing()
    {
        _driver.Status = DeviceStatus.None;
        _driver.Status = DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        Assert.Equal(DeviceStatus.None, _driver.Status);
        _driver.Status = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.DriverOk;
        Assert.Equal(DeviceStatus.Acknowledge | DeviceStatus.Driver, _driver.Status);
        _driver.Status = DeviceStatus.Driver; // Clears a bit, which is not the driver's to do.
        Assert.Equal(DeviceStatus.Acknowledge | DeviceStatus.Driver, _driver.Status);
        _driver.Status = DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.NeedsReset; // Nor is this.
        Assert.Equal(DeviceStatus.Acknowledge | DeviceStatus.Driver, _driver.Status);
        _driver.Write(MmioRegister.Status, 0xffff_ff30 | 3);
        Assert.Equal(DeviceStatus.Acknowledge | DeviceStatus.Driver | DeviceStatus.Failed, _driver.Status | DeviceStatus.Failed);
        Assert.True(Counters.IgnoredAccesses >= 4);
    }

    [Theory]
    [InlineData(VirtioFeatures.EventIndex)] // A legacy driver.
    [InlineData(VirtioFeatures.Version1 | 1)] // Not offered.
    [InlineData(VirtioFeatures.Version1 | VirtioFeatures.RingPacked)]
    [InlineData(ulong.MaxValue)]
    public void Features_it_can_t_do_with_are_not_agreed_on(ulong features)
    {
        _driver.Status = DeviceStatus.None;
        _driver.Status = DeviceStatus.Acknowledge | DeviceStatus.Driver;
        _driver.AcceptFeatures(features);
        _driver.Status |= DeviceStatus.FeaturesOk;
        Assert.Equal(DeviceStatus.Acknowledge | DeviceStatus.Driver, _driver.Status);
        Assert.Equal(0ul, _device.Negotiated);
        _driver.AcceptFeatures(VirtioFeatures.Version1); // The driver may try others.
        _driver.Status |= DeviceStatus.FeaturesOk;
        Assert.Equal(VirtioFeatures.Version1, _device.Negotiated);
        _driver.AcceptFeatures(0); // Too late.
        _driver.Begin();
        Assert.Equal(VirtioFeatures.Version1, _device.Negotiated);
    }

    [Fact]
    public void Feature_bits_beyond_those_there_are_read_0()
    {
        _driver.Write(DeviceFeaturesSelect, 2);
        Assert.Equal(0u, _driver.Read(DeviceFeatures));
        _driver.Write(DeviceFeaturesSelect, uint.MaxValue);
        Assert.Equal(0u, _driver.Read(DeviceFeatures));
        _driver.Write(DriverFeaturesSelect, 2);
        _driver.Write(DriverFeatures, 1);
        Assert.Equal(1ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void A_reset_stops_everything_and_what_comes_next_is_fresh()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(1, 16);
        _driver.Begin();
        Echo.Once(_driver, queue);
        int resets = _device.Resets;
        _driver.TakesInterrupts = false;
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.True(_driver.IsAsserted);
        _driver.Status = DeviceStatus.None;
        Assert.Equal((DeviceStatus.None, resets + 1), (_driver.Status, _device.Resets));
        Assert.False(_driver.IsAsserted);
        _driver.Write(QueueSelect, 1);
        Assert.Equal((0u, 0u), (_driver.Read(QueueReady), _driver.Read(InterruptStatus)));
        _driver.TakesInterrupts = true;
        _driver.Negotiate();
        DriverQueue fresh = _driver.StartQueue(1, 32);
        _driver.Begin();
        Echo.Once(_driver, fresh);
    }

    [Fact]
    public void Interrupts_are_level_until_all_causes_are_acknowledged()
    {
        _driver.TakesInterrupts = false;
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        _driver.Begin();
        queue.Ring.EnableNotifications();
        queue.Ring.TryAdd([], [new DriverBuffer(_driver.Allocate(8), 8)], 1);
        queue.PublishAndKick();
        Patience.Await(() => _driver.Read(InterruptStatus) == 1, "an interrupt");
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.Equal(3u, _driver.Read(InterruptStatus));
        _driver.Write(InterruptAcknowledge, 1);
        Assert.True(_driver.IsAsserted);
        Assert.Equal(2u, _driver.Read(InterruptStatus));
        _driver.Write(InterruptAcknowledge, 0xffff_ffff);
        Assert.False(_driver.IsAsserted);
    }

    [Fact]
    public void A_configuration_that_changes_has_another_generation_and_before_DRIVER_OK_nobody_is_interrupted()
    {
        uint generation = _driver.Read(ConfigGeneration);
        _driver.TakesInterrupts = false;
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.NotEqual(generation, _driver.Read(ConfigGeneration));
        Assert.False(_driver.IsAsserted);
        Assert.Equal(0x0403_0201u, _driver.Read(Config));
        _driver.Write(Config + 4, 0x6666_6666);
        Assert.Equal(0x66, _device.Config[7]);
        byte[] one = new byte[1];
        _worker.Run(() => _driver.Mmio.Read(Config + 2, one));
        Assert.Equal(3, one[0]);
        Assert.Equal(0ul, Counters.IgnoredAccesses);
        Assert.Equal(0u, _driver.Read(Config + 12)); // Behind its end.
        Assert.Equal(1ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void A_queue_that_is_not_ready_any_more_is_the_driver_s_and_can_be_set_up_anew()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        DriverQueue other = _driver.StartQueue(1, 16);
        _driver.Begin();
        Echo.Once(_driver, queue);
        _driver.Write(QueueSelect, 0);
        _driver.Write(QueueReady, 0);
        Assert.Equal(0u, _driver.Read(QueueReady));
        Assert.False(_worker.Run(() => _device.IsStarted(0)));
        Echo.Once(_driver, other);
        Echo.Once(_driver, _driver.StartQueue(0, 32));
        _driver.Write(QueueReset, 1);
        Assert.Equal((0u, 0u), (_driver.Read(QueueReset), _driver.Read(QueueReady)));
        Assert.Equal([0, 0], _device.QueueResets);
        Echo.Once(_driver, _driver.StartQueue(0, 64));
    }

    [Fact]
    public void A_queue_in_use_is_not_moved_nor_resized()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        _driver.Begin();
        _driver.Write(QueueSelect, 0);
        foreach (int register in (int[])[MmioRegister.QueueSize, QueueDescriptorsLow, QueueDescriptorsHigh, QueueDriverLow, QueueDriverHigh, QueueDeviceLow, QueueDeviceHigh])
        {
            _driver.Write(register, 0xdead_beef);
        }

        _driver.Write(QueueReady, 1);
        _driver.Write(QueueReady, 7);
        Assert.Equal(9ul, Counters.IgnoredAccesses);
        Echo.Once(_driver, queue);
    }

    public static TheoryData<string, uint, ulong, ulong, ulong> Unusable => new()
    {
        { "no entries", 0, 0x10_0000, 0x10_1000, 0x10_2000 },
        { "three entries", 3, 0x10_0000, 0x10_1000, 0x10_2000 },
        { "more entries than it may have", 512, 0x10_0000, 0x10_4000, 0x10_8000 },
        { "65552 entries, which are 16 in half of the bits", 0x1_0010, 0x10_0000, 0x10_1000, 0x10_2000 },
        { "descriptors off their alignment", 16, 0x10_0008, 0x10_1000, 0x10_2000 },
        { "a driver area off its alignment", 16, 0x10_0000, 0x10_1001, 0x10_2000 },
        { "a device area off its alignment", 16, 0x10_0000, 0x10_1000, 0x10_2002 },
        { "descriptors where there is no memory", 16, 0, 0x10_1000, 0x10_2000 },
        { "a driver area where there is no memory", 16, 0x10_0000, 0xffff_ffff_ffff_fffe, 0x10_2000 },
        { "a device area over the end of memory", 16, 0x10_0000, 0x10_1000, 0x90_0000 - 8 },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void A_queue_with_something_that_can_t_be_makes_the_device_need_a_reset_and_the_others_go_on(string what, uint size, ulong descriptors, ulong driver, ulong device)
    {
        _driver.Negotiate();
        DriverQueue good = _driver.StartQueue(1, 16);
        _driver.Write(QueueSelect, 0);
        _driver.Write(MmioRegister.QueueSize, size);
        _driver.WriteAddress(QueueDescriptorsLow, descriptors);
        _driver.WriteAddress(QueueDriverLow, driver);
        _driver.WriteAddress(QueueDeviceLow, device);
        _driver.Write(QueueReady, 1);
        _driver.TakesInterrupts = false;
        _driver.Begin();
        Assert.True(_driver.Status.HasFlag(DeviceStatus.NeedsReset), what);
        Assert.Equal(2u, _driver.Read(InterruptStatus)); // Which the driver is told of (virtio 1.2, 2.1.2).
        _driver.Write(InterruptAcknowledge, 2);
        _driver.TakesInterrupts = true;
        _driver.Write(QueueNotify, 0);
        Echo.Once(_driver, good);
        _driver.Negotiate();
        Echo.Once(_driver, Started(0));
    }

    [Fact]
    public void A_queue_that_turns_out_malformed_makes_the_device_need_a_reset()
    {
        _driver.Negotiate();
        DriverQueue bad = _driver.StartQueue(0, 16);
        DriverQueue good = _driver.StartQueue(1, 16);
        _driver.Begin();
        Assert.True(bad.Ring.TryAdd([new DriverBuffer(new(0xffff_0000_0000), 8)], [], 1));
        bad.PublishAndKick();
        Patience.Await(() => _driver.Status.HasFlag(DeviceStatus.NeedsReset), "the reset it needs");
        Assert.Equal((VirtqueueError.BufferNotMapped, 1ul), (_device.LastBroken, Counters.BrokenQueues));
        Echo.Once(_driver, good);
        _driver.Negotiate();
        Echo.Once(_driver, Started(0));
    }

    [Fact]
    public void What_the_device_throws_over_a_queue_costs_that_queue()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        DriverQueue good = _driver.StartQueue(1, 16);
        _driver.Begin();
        _worker.Run(() => _device.NextFault = new InvalidOperationException("broken"));
        queue.Ring.TryAdd([], [new DriverBuffer(_driver.Allocate(8), 8)], 1);
        queue.PublishAndKick();
        Patience.Await(() => _driver.Status.HasFlag(DeviceStatus.NeedsReset), "the reset it needs");
        Assert.Equal(1ul, Counters.Faults);
        Echo.Once(_driver, good);
    }

    [Theory]
    [InlineData(0x000, 1)]
    [InlineData(0x000, 2)]
    [InlineData(0x000, 8)]
    [InlineData(0x000, 0)]
    [InlineData(0x002, 4)]
    [InlineData(0x0fe, 4)]
    [InlineData(0x018, 4)]
    public void A_register_is_read_whole_or_is_0(int offset, int width)
    {
        byte[] bytes = new byte[width];
        Array.Fill(bytes, (byte)0xaa);
        _worker.Run(() => _driver.Mmio.Read((ulong)offset, bytes));
        Assert.DoesNotContain(bytes, b => b != 0);
        _worker.Run(() => _driver.Mmio.Write((ulong)offset, bytes));
        Assert.True(Counters.IgnoredAccesses >= 1);
    }

    [Fact]
    public void Guest_memory_may_change_under_a_queue_which_goes_on_and_waits_where_its_ring_is_not_there()
    {
        _driver.Negotiate();
        DriverQueue queue = _driver.StartQueue(0, 16);
        _driver.Begin();
        Echo.Once(_driver, queue);
        _worker.Run(() => _driver.Mmio.Memory = null);
        Assert.False(_worker.Run(() => _device.IsStarted(0)));
        _worker.Run(() => _driver.Mmio.Memory = _driver.Memory);
        Echo.Once(_driver, queue);
        Assert.Equal(0ul, Counters.NeedsResets);
    }

    [Fact]
    public void A_hundred_thousand_random_accesses_do_no_harm()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        byte[] bytes = new byte[8];
        _worker.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                RandomAccess(random, bytes);
            }
        });
        _driver.Negotiate();
        Echo.Once(_driver, Started(1));
    }

    private DriverQueue Started(int index)
    {
        DriverQueue queue = _driver.StartQueue(index, 16);
        _driver.Begin();
        return queue;
    }

    private void RandomAccess(Random random, byte[] bytes)
    {
        ulong offset = random.Next(8) switch
        {
            0 => (ulong)random.NextInt64(),
            1 => (ulong)random.Next(0x1000),
            2 => Status(random, bytes),
            _ => (ulong)random.Next(0x110 / 4) * 4,
        };
        int width = random.Next(8) == 0 ? random.Next(9) : 4;
        if (random.Next(4) == 0)
        {
            _driver.Mmio.Read(offset, bytes.AsSpan(0, width));
            return;
        }

        // Numbers that mean something somewhere: queues, sizes, addresses, states.
        BitConverter.TryWriteBytes(bytes, random.Next(5) switch
        {
            0 => (uint)random.Next(4),
            1 => 1u << random.Next(32),
            2 => 0x10_0000u + ((uint)random.Next(0x800) * 0x1000),
            3 => (uint)random.Next(),
            _ => (uint)random.Next(256),
        });
        _driver.Mmio.Write(offset, bytes.AsSpan(0, width));
    }

    /// <summary>Often enough a driver gets as far as a queue that runs.</summary>
    private ulong Status(Random random, byte[] bytes)
    {
        uint[] steps = [0, 1, 3];
        foreach (uint step in steps)
        {
            BitConverter.TryWriteBytes(bytes, step);
            _driver.Mmio.Write(MmioRegister.Status, bytes.AsSpan(0, 4));
        }

        BitConverter.TryWriteBytes(bytes, 1u);
        _driver.Mmio.Write(DriverFeaturesSelect, bytes.AsSpan(0, 4));
        _driver.Mmio.Write(DriverFeatures, bytes.AsSpan(0, 4));
        BitConverter.TryWriteBytes(bytes, random.Next(2) == 0 ? 11u : 15u);
        _driver.Mmio.Write(MmioRegister.Status, bytes.AsSpan(0, 4));
        return MmioRegister.Status;
    }
}
