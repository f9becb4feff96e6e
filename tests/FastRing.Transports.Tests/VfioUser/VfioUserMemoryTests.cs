using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using static FastRing.Transports.Tests.Support.VfioUserClient;
using static FastRing.VfioUser.Protocol.VfioUserCommand;

namespace FastRing.Transports.Tests.VfioUser;

/// <summary>The memory a vfio-user client shares, and takes away.</summary>
public sealed class VfioUserMemoryTests : IDisposable
{
    private const ulong MiB = 1 << 20;
    private readonly VfioUserFixture _fixture = new();

    private BackendCounters Counters => _fixture.Server.Counters;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Memory_is_mapped_once_and_only_where_the_file_has_it()
    {
        using VfioUserClient client = _fixture.Connect();
        using OwnedFd file = MemFd.Create("memory", 2 * MiB);
        using OwnedFd other = EventFd.Create().Fd;
        Assert.Equal(0, client.Map(MiB, MiB, file));
        Assert.Equal(Errno.EEXIST, client.Map(MiB, MiB, file));
        Assert.Equal(Errno.EEXIST, client.Map(0, MiB + 4096, file));
        Assert.Equal(Errno.EEXIST, client.Map((2 * MiB) - 4096, MiB, null));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, 4 * MiB, file)); // Longer than its file.
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB, file, offset: 2 * MiB));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB, file, offset: ulong.MaxValue - 4095));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB, file, offset: 1));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, 0, file));
        Assert.Equal(Errno.EINVAL, client.Map((16 * MiB) + 1, MiB, file));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB + 1, file));
        Assert.Equal(Errno.EINVAL, client.Map(ulong.MaxValue - 4095, 8192, file)); // Wraps around.
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB, file, flags: 4));
        Assert.Equal(Errno.EINVAL, client.Map(16 * MiB, MiB, other));
        Assert.Equal(Errno.ENOSPC, client.Map(16 * MiB, 1 << 30, file)); // More than the server maps.
        Assert.Equal(0, client.Map(16 * MiB, MiB, file, offset: MiB));
        Assert.Equal(0, client.Map(ulong.MaxValue - 4095, 4096, file));
        Assert.Equal(Errno.ENOENT, client.Unmap(0, MiB));
        Assert.Equal(Errno.ENOENT, client.Unmap(MiB, MiB - 4096));
        Assert.Equal(Errno.ENOENT, client.Unmap(MiB, 2 * MiB));
        Assert.Equal(0, client.Unmap(MiB, MiB));
        Assert.Equal(Errno.ENOENT, client.Unmap(MiB, MiB));
        Assert.Equal(0, client.Map(MiB, MiB, file));
        Assert.Equal(Errno.EINVAL, client.Unmap(0, 0, flags: 1));
        Assert.Equal(Errno.EINVAL, client.Unmap(MiB, 0, flags: 2));
        Assert.Equal(0, client.Unmap(0, 0, flags: 2));
        Assert.Equal(Errno.ENOENT, client.Unmap(MiB, MiB));
        Assert.Equal(0, client.Map(0, 64 * MiB, null)); // Nothing is left of them.
    }

    [Fact]
    public void There_are_so_many_ranges_and_no_more()
    {
        using VfioUserClient client = _fixture.Connect();
        for (ulong i = 0; i < Capabilities.MaxDmaMaps; i++)
        {
            Assert.Equal(0, client.Map(i * 4096, 4096, null));
        }

        Assert.Equal(Errno.ENOSPC, client.Map(1 << 30, 4096, null));
        Assert.Equal(0, client.Unmap(0, 4096));
        Assert.Equal(0, client.Map(1 << 30, 4096, null));
    }

    [Fact]
    public void Memory_that_goes_and_comes_again_under_a_queue_finds_it_where_it_was()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);
        Assert.Equal(0, driver.Client.Unmap(0x10_0000, 8 << 20));
        Assert.False(_fixture.Worker.Run(() => _fixture.Echo.IsStarted(0)));
        Assert.Equal(0, driver.Client.Map(0x10_0000, 4 << 20, driver.Bytes.File));
        Assert.Equal(0, driver.Client.Map(0x50_0000, 4 << 20, driver.Bytes.File, offset: 4 << 20));
        Echo.Once(driver, queue);
        Assert.Equal(DeviceStatus.None, driver.Status & DeviceStatus.NeedsReset);
    }

    [Theory]
    [InlineData(1u)] // May only be read.
    [InlineData(2u)]
    [InlineData(0u)]
    public void A_queue_in_memory_the_device_may_not_write_makes_it_need_a_reset(uint flags)
    {
        using VfioUserDriver driver = VfioUserDriver.Connect(_fixture.Path);
        Assert.Equal(0, driver.Client.Unmap(0x10_0000, 8 << 20));
        Assert.Equal(0, driver.Client.Map(0x10_0000, 8 << 20, driver.Bytes.File, flags: flags));
        driver.Enumerate();
        driver.Negotiate();
        driver.StartQueue(0, 16);
        driver.Begin();
        Assert.True(driver.Status.HasFlag(DeviceStatus.NeedsReset));
        Assert.Equal(1ul, Counters.BrokenQueues);
    }

    [Fact]
    public void Guest_memory_whose_file_is_made_smaller_ends_the_connection()
    {
        using VfioUserDriver driver = _fixture.Driver(out DriverQueue queue);
        Echo.Once(driver, queue);
        using (var file = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(driver.Bytes.File.Duplicate().Detach(), ownsHandle: true), FileAccess.ReadWrite))
        {
            file.SetLength(0);
        }

        driver.Client.Send(Message(RegionWrite, [.. Words(0x3000, 0, 0, 4, 0)]));
        Patience.Await(() => Counters.LostMemories == 1, "the loss");
        Assert.True(driver.Client.IsClosedByServer());
    }
}
