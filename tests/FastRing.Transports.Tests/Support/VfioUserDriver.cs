using FastRing.Interop;
using FastRing.Memory;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Frontend;

namespace FastRing.Transports.Tests.Support;

/// <summary>A driver of a virtio-pci function behind a vfio-user socket.</summary>
internal sealed class VfioUserDriver : PciDriver
{
    private readonly DeviceWorker _doorbells;

    private VfioUserDriver(DeviceWorker doorbells, string path)
        : base(doorbells.Worker, new DriverMemory(8 << 20, new GuestAddress(0x10_0000)))
    {
        _doorbells = doorbells;
        Client = VfioUserClient.Connect(path);
        Client.SayVersion();
        Assert.Equal(0, Client.Map(0x10_0000, 8 << 20, Bytes.File));
    }

    public VfioUserClient Client { get; }

    public static VfioUserDriver Connect(string path) => new(new DeviceWorker(), path);

    public override void ReadRegion(int region, ulong offset, Span<byte> destination)
    {
        byte[] reply = Client.Do(VfioUserCommand.RegionRead, VfioUserClient.Words((uint)offset, (uint)(offset >> 32), (uint)region, (uint)destination.Length));
        reply.AsSpan(RegionAccess.Bytes).CopyTo(destination);
    }

    public override void WriteRegion(int region, ulong offset, ReadOnlySpan<byte> source) =>
        Client.Do(VfioUserCommand.RegionWrite, [.. VfioUserClient.Words((uint)offset, (uint)(offset >> 32), (uint)region, (uint)source.Length), .. source]);

    public override void ConnectVector(int vector, EventFd? call) =>
        Assert.Equal(0, Client.SetIrqs(IrqSet.DataEventFd | IrqSet.ActionTrigger, PciIrq.Msix, (uint)vector, 1, null, call is null ? [] : [call.Fd]));

    public override void Dispose()
    {
        base.Dispose();
        _doorbells.Dispose();
        Client.Dispose();
    }

    protected override void Notify(int queue) => Ring(queue);
}
