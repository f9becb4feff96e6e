using FastRing.Devices;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Transports.Pci;

namespace FastRing.Transports.Tests.Pci;

/// <summary>A virtio-pci function as virtio 1.2, 4.1 and PCI have it, and what a driver does wrong.</summary>
public sealed class VirtioPciTests : IDisposable
{
    private const int Registers = 0;
    private const int MsixBar = 1;
    private const ushort NoVector = 0xffff;

    private readonly DeviceWorker _worker = new();
    private readonly EchoDevice _device = new() { Features = VirtioFeatures.Version1 | VirtioFeatures.EventIndex | VirtioFeatures.RingReset };
    private readonly LocalPciDriver _driver;

    public VirtioPciTests() => _driver = new LocalPciDriver(_worker, _device);

    private TransportCounters Counters => _driver.Pci.Counters;

    public void Dispose()
    {
        _driver.Dispose();
        _worker.Dispose();
        Assert.Null(_device.Transport);
    }

    [Fact]
    public void Configuration_space_says_what_it_is_and_its_capabilities_where_everything_lies()
    {
        _driver.Enumerate();
        Assert.Equal((0x1af4u, 0x1040u + 42), (_driver.Read(PciDriver.Config, 0, 2), _driver.Read(PciDriver.Config, 2, 2)));
        Assert.True(_driver.Read(PciDriver.Config, 8, 1) >= 1, "a modern device has revision 1 or more");
        Assert.True(_driver.Read(PciDriver.Config, 0x2e, 2) >= 0x40, "a modern device has subsystem id 0x40 or more");
        var places = ((int[])[1, 2, 3, 4]).Select(_driver.Structure).OrderBy(s => s.Offset).ToArray();
        Assert.All(places, s => Assert.Equal(Registers, s.Bar));
        Assert.All(places.Zip(places.Skip(1)), p => Assert.True(p.First.Offset + p.First.Length <= p.Second.Offset, "structures overlap"));
        Assert.True(places[^1].Offset + places[^1].Length <= (ulong)_driver.Pci.BarBytes(Registers));
        Assert.Equal(12u, _driver.Structure(4).Length);
        uint table = _driver.Read(PciDriver.Config, (ulong)_driver.Msix + 4, 4);
        uint pending = _driver.Read(PciDriver.Config, (ulong)_driver.Msix + 8, 4);
        Assert.Equal((1u, 1u), (table & 7, pending & 7));
        Assert.Equal(2u, _driver.Read(PciDriver.Config, (ulong)_driver.Msix + 2, 2) & 0x7ff); // One less than two queues and configuration changes need.
        Assert.Equal(0ul, Counters.IgnoredAccesses);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_guest_learns_a_BAR_s_size_and_says_where_it_is_to_be(int bar)
    {
        ulong register = 0x10 + (4 * (ulong)bar);
        _driver.Write(PciDriver.Config, register, 4, uint.MaxValue);
        uint size = (uint)_driver.Pci.BarBytes(bar);
        Assert.Equal(~(size - 1), _driver.Read(PciDriver.Config, register, 4));
        _driver.Write(PciDriver.Config, register, 4, 0xfebf_8000);
        Assert.Equal(0xfebf_8000, _driver.Pci.BarAddress(bar));
        _driver.Write(PciDriver.Config, 0x18, 4, uint.MaxValue); // There is no such BAR.
        Assert.Equal((0u, 0u, 0), (_driver.Read(PciDriver.Config, 0x18, 4), _driver.Pci.BarAddress(2), _driver.Pci.BarBytes(2)));
    }

    [Fact]
    public void What_is_not_the_guest_s_to_write_stays_as_it_is()
    {
        byte[] before = new byte[VirtioPci.ConfigBytes];
        _worker.Run(() => _driver.Pci.ReadConfig(0, before));
        byte[] all = new byte[VirtioPci.ConfigBytes];
        Array.Fill(all, (byte)0xff);
        _worker.Run(() => _driver.Pci.WriteConfig(0, all));
        byte[] after = new byte[VirtioPci.ConfigBytes];
        _worker.Run(() => _driver.Pci.ReadConfig(0, after));
        Assert.Equal(before[..4], after[..4]);
        Assert.Equal(0x0406u, BitConverter.ToUInt16(after, 4));
        Assert.Equal(before[6..0x10], after[6..0x10]);
        Assert.Equal(before[0x2c..0x3c], after[0x2c..0x3c]);
        _worker.Run(_driver.Pci.Reset);
        _worker.Run(() => _driver.Pci.ReadConfig(0, after));
        Assert.Equal(before, after);
        Assert.Equal(0u, _driver.Read(PciDriver.Config, 0x100, 4)); // Behind its end.
    }

    [Fact]
    public void Each_queue_has_its_vector_and_configuration_changes_have_theirs()
    {
        Begin(out DriverQueue first, out DriverQueue second);
        Echo.Once(_driver, first);
        Assert.Equal([1], _driver.Messages.Keys);
        Echo.Once(_driver, second);
        Assert.Equal([1, 2], _driver.Messages.Keys.Order());
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.Equal([0, 1, 2], _driver.Messages.Keys.Order());
        Assert.False(_driver.IsAsserted);
        Assert.Equal(2u, _driver.ReadIsr()); // Said there too, whatever carried it (virtio 1.2, 4.1.4.5.1).
    }

    [Fact]
    public void A_masked_vector_is_pending_until_it_is_not_masked()
    {
        Begin(out DriverQueue first, out _);
        Echo.Once(_driver, first);
        int messages = _driver.Messages[1];
        _driver.Write(MsixBar, 16 + 12, 4, 1);
        Offer(first);
        Patience.Await(() => PendingBits() == 2, "the pending bit");
        Assert.Equal(messages, _driver.Messages[1]);
        _driver.Write(MsixBar, 16 + 12, 4, 0);
        Assert.Equal((0u, messages + 1), (PendingBits(), _driver.Messages[1]));

        _driver.Write(PciDriver.Config, (ulong)_driver.Msix + 2, 2, 0xc000); // The whole function.
        Offer(first);
        Patience.Await(() => PendingBits() == 2, "the pending bit");
        _driver.Write(MsixBar, 0x1000, 4, 0); // Read-only.
        Assert.Equal(2u, PendingBits());
        _driver.Write(PciDriver.Config, (ulong)_driver.Msix + 2, 2, 0x8000);
        Assert.Equal((0u, messages + 2), (PendingBits(), _driver.Messages[1]));
    }

    [Fact]
    public void A_vector_there_is_not_reads_back_as_none_and_a_queue_without_one_notifies_nobody()
    {
        Begin(out DriverQueue first, out _);
        _driver.WriteCommon(16, 2, 3);
        Assert.Equal(NoVector, _driver.ReadCommon(16, 2));
        _driver.WriteCommon(22, 2, 0);
        _driver.WriteCommon(26, 2, 0x8000);
        Assert.Equal(NoVector, _driver.ReadCommon(26, 2));
        Offer(first);
        Patience.Await(() => first.Ring.TryTakeUsed(out _), "a used buffer");
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.Empty(_driver.Messages);
    }

    [Fact]
    public void Without_MSI_X_the_line_is_asserted_until_the_causes_are_read()
    {
        _driver.UsesMsix = false;
        _driver.TakesInterrupts = false;
        Begin(out DriverQueue first, out _);
        Offer(first);
        Patience.Await(() => _driver.IsAsserted, "an interrupt");
        _worker.Run(() => _device.Transport!.NotifyConfigChanged());
        Assert.Equal(8u, _driver.Read(PciDriver.Config, 6, 2) & 8); // Interrupt Status.
        _driver.Write(PciDriver.Config, 4, 2, 0x0406); // Interrupt Disable.
        Assert.False(_driver.IsAsserted);
        _driver.Write(PciDriver.Config, 4, 2, 0x0006);
        Assert.True(_driver.IsAsserted);
        Assert.Equal(3u, _driver.ReadIsr());
        Assert.False(_driver.IsAsserted);
        Assert.Equal(0u, _driver.Read(PciDriver.Config, 6, 2) & 8);
        Assert.Equal(0u, _driver.ReadIsr());
        Assert.Empty(_driver.Messages);
    }

    [Fact]
    public void A_queue_can_be_reset_by_itself_and_enabled_again_but_not_disabled()
    {
        Begin(out DriverQueue first, out DriverQueue second);
        Echo.Once(_driver, first);
        _driver.WriteCommon(22, 2, 0);
        _driver.WriteCommon(28, 2, 0);
        Assert.Equal((1u, 1ul), (_driver.ReadCommon(28, 2), Counters.IgnoredAccesses));
        _driver.WriteCommon(24, 2, 4);
        Assert.Equal(16u, _driver.ReadCommon(24, 2));
        _driver.WriteCommon(58, 2, 1);
        Assert.Equal((0u, 0u), (_driver.ReadCommon(58, 2), _driver.ReadCommon(28, 2)));
        Assert.Equal([0], _device.QueueResets);
        Echo.Once(_driver, second);
        Echo.Once(_driver, _driver.StartQueue(0, 32));
    }

    [Fact]
    public void The_window_in_configuration_space_reaches_what_the_BARs_do()
    {
        _driver.Enumerate();
        Assert.Equal(0u, _driver.Structure(5).Length);
        WindowTo(Registers, 20, 1);
        _driver.Write(PciDriver.Config, (ulong)_driver.Window + 16, 1, 1);
        Assert.Equal(DeviceStatus.Acknowledge, _driver.Status);
        Assert.Equal(1u, _driver.Read(PciDriver.Config, (ulong)_driver.Window + 16, 1));
        WindowTo(Registers, 18, 2);
        Assert.Equal(2u, _driver.Read(PciDriver.Config, (ulong)_driver.Window + 16, 2));
        ulong ignored = Counters.IgnoredAccesses;
        foreach ((uint bar, uint offset, uint length) in ((uint, uint, uint)[])[(0, 21, 2), (0, 20, 3), (0, 20, 0), (0, 0, uint.MaxValue)])
        {
            WindowTo(bar, offset, length);
            _driver.Read(PciDriver.Config, (ulong)_driver.Window + 16, 4);
        }

        Assert.Equal(ignored, Counters.IgnoredAccesses);
        foreach ((uint bar, uint offset) in ((uint, uint)[])[(0, 0xffff_fffc), (5, 0), (255, 0), (7, 0)])
        {
            WindowTo(bar, offset, 4);
            Assert.Equal(0u, _driver.Read(PciDriver.Config, (ulong)_driver.Window + 16, 4));
            _driver.Write(PciDriver.Config, (ulong)_driver.Window + 16, 4, 1);
        }

        Assert.Equal(DeviceStatus.Acknowledge, _driver.Status);
    }

    [Fact]
    public void While_it_may_not_be_bus_master_its_queues_stand_still()
    {
        Begin(out DriverQueue first, out _);
        Echo.Once(_driver, first);
        _driver.Write(PciDriver.Config, 4, 2, 2);
        Assert.False(_worker.Run(() => _device.IsStarted(0)));
        Offer(first);
        Assert.False(first.Ring.TryTakeUsed(out _));
        _driver.Write(PciDriver.Config, 4, 2, 6);
        Patience.Await(() => first.Ring.TryTakeUsed(out _), "what was offered meanwhile");
        Patience.Await(() => first.Call.Drain() == 1, "its notification");
        Echo.Once(_driver, first);
    }

    [Fact]
    public void A_doorbell_that_is_told_of_another_queue_rings_for_none()
    {
        Begin(out _, out _);
        ulong kicks = Counters.Kicks;
        (int bar, ulong offset, uint length) = _driver.Structure(2);
        Assert.Equal(8u, length);
        _driver.Write(bar, offset, 2, 1);
        _driver.Write(bar, offset + 4, 2, 0);
        _driver.Write(bar, offset + 8, 2, 2);
        _driver.Write(bar, offset + 2, 2, 0);
        Assert.Equal((4ul, kicks), (Counters.IgnoredAccesses, Counters.Kicks));
        _driver.Write(bar, offset, 2, 0);
        Assert.Equal(kicks + 1, Counters.Kicks);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(2, 2)]
    [InlineData(16, 4)]
    [InlineData(20, 2)]
    [InlineData(22, 1)]
    [InlineData(33, 4)]
    [InlineData(56, 4)]
    [InlineData(60, 4)]
    [InlineData(0x0ffc, 4)]
    [InlineData(0x1000, 4)]
    [InlineData(0x1001, 1)]
    [InlineData(0x4000, 4)]
    [InlineData(0x7fff_ffff_ffff_ffff, 4)]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    public void A_field_is_accessed_whole_or_not_at_all(ulong offset, int width)
    {
        byte[] bytes = [1, 1, 1, 1];
        _worker.Run(() => _driver.Pci.WriteBar(Registers, offset, bytes.AsSpan(0, width)));
        _worker.Run(() => _driver.Pci.ReadBar(Registers, offset, bytes.AsSpan(0, width)));
        Assert.DoesNotContain(bytes[..width], b => b != 0);
        Assert.Equal(2ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void An_address_may_be_written_in_one_piece_of_64_bits()
    {
        _driver.Enumerate();
        _worker.Run(() => _driver.Pci.WriteBar(Registers, 32, BitConverter.GetBytes(0x1234_5678_9abc_def0)));
        Assert.Equal((0x9abc_def0u, 0x1234_5678u), (_driver.ReadCommon(32, 4), _driver.ReadCommon(36, 4)));
        byte[] read = new byte[8];
        _worker.Run(() => _driver.Pci.ReadBar(Registers, 32, read));
        Assert.Equal(0x1234_5678_9abc_def0u, BitConverter.ToUInt64(read));
        Assert.Equal(0ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void A_queue_there_is_not_has_no_size_and_takes_nothing()
    {
        _driver.Enumerate();
        Assert.Equal((256, 0, 0), (_driver.MaxSize(1), _driver.MaxSize(2), _driver.MaxSize(0xffff)));
        _driver.WriteCommon(24, 2, 16);
        _driver.WriteCommon(28, 2, 1);
        Assert.Equal((0u, 0u), (_driver.ReadCommon(24, 2), _driver.ReadCommon(28, 2)));
        Assert.Equal(2ul, Counters.IgnoredAccesses);
    }

    [Fact]
    public void A_size_no_ring_has_is_not_presented_and_such_a_queue_does_not_run()
    {
        _driver.Enumerate();
        _driver.Negotiate();
        _driver.WriteCommon(24, 2, 3);
        Assert.Equal(0u, _driver.ReadCommon(24, 2));
        _driver.WriteCommon(28, 2, 1);
        _driver.Begin();
        Assert.True(_driver.Status.HasFlag(DeviceStatus.NeedsReset));
        Assert.False(_worker.Run(() => _device.IsStarted(0)));
        _driver.Negotiate();
        Assert.Equal(256u, _driver.ReadCommon(24, 2));
    }

    [Fact]
    public void A_device_without_configuration_has_no_structure_for_it()
    {
        using var other = new LocalPciDriver(_worker, new DrainDevice());
        other.Enumerate();
        Assert.False(other.HasStructure(4));
        Assert.True(other.HasStructure(5));
    }

    [Fact]
    public void A_hundred_thousand_random_accesses_do_no_harm()
    {
        _driver.Enumerate();
        _driver.TakesInterrupts = false;
        var random = new Random(Random.Shared.Next());
        byte[] bytes = new byte[8];
        _driver.ConnectVector(1, null);
        _worker.Run(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                RandomAccess(random, bytes);
            }

            _driver.Pci.Reset();
        });
        _driver.TakesInterrupts = true;
        using var again = new LocalPciDriver(_worker, new EchoDevice());
        again.Enumerate();
        again.Negotiate();
        DriverQueue queue = again.StartQueue(0, 16);
        again.Begin();
        Echo.Once(again, queue);
    }

    private void Begin(out DriverQueue first, out DriverQueue second)
    {
        _driver.Enumerate();
        _driver.Negotiate();
        first = _driver.StartQueue(0, 16);
        second = _driver.StartQueue(1, 16);
        _driver.Begin();
    }

    private void Offer(DriverQueue queue)
    {
        while (queue.Ring.TryTakeUsed(out _))
        {
        }

        queue.Ring.EnableNotifications();
        Assert.True(queue.Ring.TryAdd([], [new DriverBuffer(_driver.Allocate(8), 8)], 1));
        queue.PublishAndKick();
    }

    private uint PendingBits() => _driver.Read(MsixBar, 0x1000, 4);

    private void WindowTo(uint bar, uint offset, uint length)
    {
        _driver.Write(PciDriver.Config, (ulong)_driver.Window + 4, 1, bar);
        _driver.Write(PciDriver.Config, (ulong)_driver.Window + 8, 4, offset);
        _driver.Write(PciDriver.Config, (ulong)_driver.Window + 12, 4, length);
    }

    private void RandomAccess(Random random, byte[] bytes)
    {
        int width = random.Next(4) == 0 ? random.Next(9) : 1 << random.Next(3);
        bool isConfig = random.Next(8) == 0;
        ulong offset = random.Next(8) switch
        {
            0 => (ulong)random.NextInt64(),
            1 => (ulong)random.Next(0x8000),
            _ => isConfig ? (ulong)random.Next(0x100) : (ulong)random.Next(64) + (0x1000 * (ulong)random.Next(4)),
        };
        int bar = random.Next(16) == 0 ? random.Next(256) : random.Next(8) == 0 ? MsixBar : Registers;
        if (random.Next(4) == 0)
        {
            (isConfig ? (Action)(() => _driver.Pci.ReadConfig(offset, bytes.AsSpan(0, width))) : () => _driver.Pci.ReadBar(bar, offset, bytes.AsSpan(0, width)))();
            return;
        }

        BitConverter.TryWriteBytes(bytes, random.Next(5) switch
        {
            0 => (uint)random.Next(4),
            1 => 1u << random.Next(32),
            2 => 0x10_0000u + ((uint)random.Next(0x800) * 0x1000),
            3 => (uint)random.Next(),
            _ => (uint)random.Next(256),
        });
        if (random.Next(20) == 0)
        {
            bytes = [(byte)(random.Next(4) switch { 0 => 0, 1 => 3, 2 => 11, _ => 15 })];
            _driver.Pci.WriteBar(Registers, 20, bytes);
        }
        else if (isConfig)
        {
            _driver.Pci.WriteConfig(offset, bytes.AsSpan(0, width));
        }
        else
        {
            _driver.Pci.WriteBar(bar, offset, bytes.AsSpan(0, width));
        }
    }
}
