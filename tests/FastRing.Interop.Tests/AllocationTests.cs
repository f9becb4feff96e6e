namespace FastRing.Interop.Tests;

/// <summary>Calls of the data path leave the garbage collector in peace.</summary>
public sealed class AllocationTests : IDisposable
{
    private const int Calls = 100_000;
    private readonly OwnedFd _left;
    private readonly OwnedFd _right;
    private readonly EventFd _event = EventFd.Create();
    private readonly OwnedFd _file = MemFd.Create("allocation", 4096);
    private readonly MappedRegion _region;
    private readonly IoVector[] _vectors;
    private readonly byte[] _buffer = new byte[64];

    public AllocationTests()
    {
        (_left, _right) = UnixSocket.Pair();
        _region = MappedRegion.Map(_file, 0, 4096);
        _vectors = [new(_region.Address, 8), new(_region.Address + 100, 8)];
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
        _event.Dispose();
        _file.Dispose();
        _region.Dispose();
    }

    [Fact]
    public void Read_and_Write_allocate_nothing() =>
        AllocatesNothing(() => _left.Write(_buffer) == 64 && _right.Read(_buffer) == 64);

    [Fact]
    public void ReadVector_and_WriteVector_allocate_nothing() =>
        AllocatesNothing(() => _left.WriteVector(_vectors) == 16 && _right.ReadVector(_vectors) == 16);

    [Fact]
    public void Failing_calls_allocate_nothing()
    {
        _left.SetNonBlocking();
        AllocatesNothing(() => _left.Read(_buffer) == -Errno.EAGAIN && _left.ReadVector(_vectors) == -Errno.EAGAIN);
    }

    [Fact]
    public void Signal_and_Drain_allocate_nothing() =>
        AllocatesNothing(() => _event.Signal() && _event.Drain() == 1 && _event.Drain() == 0);

    [Fact]
    public void Wait_allocates_nothing()
    {
        using Epoll epoll = new();
        epoll.Add(_event.Fd, EpollEvents.In, 1);
        _event.Signal();
        EpollReady[] ready = new EpollReady[4];
        AllocatesNothing(() => epoll.Wait(ready, 0) == 1);
    }

    [Fact]
    public void Send_and_Receive_without_descriptors_allocate_nothing()
    {
        using ReceivedFds fds = new();
        AllocatesNothing(() => ScmRights.Send(_left, _buffer, []) == 64 && ScmRights.Receive(_right, _buffer, fds) == 64);
    }

    private static void AllocatesNothing(Func<bool> call)
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.True(call());
        }

        bool all = true;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Calls; i++)
        {
            all &= call();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(all);
    }
}
