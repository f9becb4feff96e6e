using FastRing.DriverKit;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.VhostUser.Frontend;
using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Tests.Support;

/// <summary>A ring that a test sets up step by step, in any memory.</summary>
internal sealed class ManualRing : IDisposable
{
    private readonly ConnectedRing _connected;
    private readonly GuestAddress _buffer;
    private readonly DriverMemory _memory;
    private uint _number;

    public ManualRing(VhostUserFrontend frontend, DriverMemory memory, int index, ushort size, ulong features)
    {
        _memory = memory;
        GuestAddress start = memory.Allocate(DriverVirtqueue.BytesFor(size, features));
        Layout = RingSetup.At(start, size, features);
        Ring = DriverVirtqueue.Create(memory.Map, start, size, features);
        _connected = new ConnectedRing(frontend, index, Layout, DriverMemory.ToFrontend);
        _buffer = memory.Allocate(64);
    }

    public DriverVirtqueue Ring { get; }

    public VirtqueueSetup Layout { get; }

    public EventFd Kick => _connected.Kick;

    public EventFd Call => _connected.Call;

    public EventFd Error => _connected.Error;

    public VringAddresses Addresses => _connected.Addresses;

    public bool HasError => Error.Drain() == 1;

    public void SetUp(bool enable = true, uint index = 0) => _connected.SetUp(enable, index);

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

    public void Dispose() => _connected.Dispose();
}
