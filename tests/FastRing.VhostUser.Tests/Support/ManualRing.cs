using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A ring that a test sets up step by step, in any memory.</summary>
internal sealed class ManualRing : IDisposable
{
    private readonly VhostUserFrontend _frontend;
    private readonly GuestAddress _buffer;
    private readonly DriverMemory _memory;
    private uint _number;

    public ManualRing(VhostUserFrontend frontend, DriverMemory memory, int index, ushort size, ulong features)
    {
        _frontend = frontend;
        _memory = memory;
        Index = index;
        GuestAddress start = memory.Allocate(DriverVirtqueue.BytesFor(size, features));
        Layout = SplitRingLayout.At(start, size);
        Ring = DriverVirtqueue.Create(memory.Map, start, size, features);
        _buffer = memory.Allocate(64);
    }

    public int Index { get; }

    public DriverVirtqueue Ring { get; }

    public SplitRingLayout Layout { get; }

    public EventFd Kick { get; } = EventFd.Create();

    public EventFd Call { get; } = EventFd.Create();

    public EventFd Error { get; } = EventFd.Create();

    public VringAddresses Addresses => new(
        DriverMemory.ToFrontend(Layout.Descriptors), DriverMemory.ToFrontend(Layout.Driver), DriverMemory.ToFrontend(Layout.Device));

    public bool HasError => Error.Drain() == 1;

    public void SetUp(bool enable = true, uint index = 0)
    {
        _frontend.SetVringNum(Index, Ring.Size);
        _frontend.SetVringBase(Index, index);
        _frontend.SetVringAddr(Index, Addresses);
        _frontend.SetVringErr(Index, Error.Fd);
        _frontend.SetVringCall(Index, Call.Fd);
        _frontend.SetVringKick(Index, Kick.Fd);
        if (enable)
        {
            _frontend.SetVringEnable(Index, enabled: true);
        }
    }

    /// <summary>Makes one chain available, without a kick.</summary>
    public void Add()
    {
        Span<byte> bytes = _memory.Bytes(_buffer, 64);
        bytes.Clear();
        BitConverter.TryWriteBytes(bytes, ++_number);
        Assert.True(Ring.TryAdd([new DriverBuffer(_buffer, 8)], [new DriverBuffer(new(_buffer.Value + 32), 8)], _number));
        Ring.Publish();
    }

    public void TakeOne()
    {
        UsedBuffer used = default;
        ProcessState.Await(() => Ring.TryTakeUsed(out used), "a used buffer");
        Assert.Equal(_number, BitConverter.ToUInt32(_memory.Bytes(new(_buffer.Value + 32), 4)));
        Assert.Equal(8u, used.Written);
    }

    public void EchoOne()
    {
        Add();
        Kick.Signal();
        TakeOne();
    }

    public void Dispose()
    {
        Kick.Dispose();
        Call.Dispose();
        Error.Dispose();
    }
}
