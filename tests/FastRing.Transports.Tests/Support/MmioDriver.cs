using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.Transports.Mmio;
using FastRing.VhostUser.Frontend;

namespace FastRing.Transports.Tests.Support;

/// <summary>A driver of a virtio-mmio device in this process.</summary>
internal sealed class MmioDriver : RegisterDriver, IInterruptLine
{
    private readonly DeviceWorker _worker;

    public MmioDriver(DeviceWorker worker, IVirtioDevice device)
        : base(worker.Worker, new DriverMemory(8 << 20, new GuestAddress(0x10_0000)))
    {
        _worker = worker;
        Mmio = worker.Run(() => new VirtioMmio(worker.Worker, device, this) { Memory = Memory });
    }

    public VirtioMmio Mmio { get; }

    public bool IsAsserted { get; private set; }

    /// <summary>The driver deals with interrupts at once; false: it leaves them.</summary>
    public bool TakesInterrupts { get; set; } = true;

    public override DeviceStatus Status
    {
        get => (DeviceStatus)Read(MmioRegister.Status);
        set => Write(MmioRegister.Status, (uint)value);
    }

    public uint Read(int register)
    {
        byte[] bytes = new byte[sizeof(uint)];
        _worker.Run(() => Mmio.Read((ulong)register, bytes));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Write(int register, uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _worker.Run(() => Mmio.Write((ulong)register, bytes));
    }

    public override ulong OfferedFeatures()
    {
        Write(MmioRegister.DeviceFeaturesSelect, 1);
        ulong high = Read(MmioRegister.DeviceFeatures);
        Write(MmioRegister.DeviceFeaturesSelect, 0);
        return (high << 32) | Read(MmioRegister.DeviceFeatures);
    }

    public override void AcceptFeatures(ulong features)
    {
        Write(MmioRegister.DriverFeaturesSelect, 1);
        Write(MmioRegister.DriverFeatures, (uint)(features >> 32));
        Write(MmioRegister.DriverFeaturesSelect, 0);
        Write(MmioRegister.DriverFeatures, (uint)features);
    }

    public override ushort MaxSize(int queue)
    {
        Write(MmioRegister.QueueSelect, (uint)queue);
        return (ushort)Read(MmioRegister.QueueSizeMax);
    }

    public override void SetUp(int queue, ushort size, in RingLayout layout, EventFd call)
    {
        Write(MmioRegister.QueueSelect, (uint)queue);
        Write(MmioRegister.QueueSize, size);
        WriteAddress(MmioRegister.QueueDescriptorsLow, layout.Descriptors.Value);
        WriteAddress(MmioRegister.QueueDriverLow, layout.Driver.Value);
        WriteAddress(MmioRegister.QueueDeviceLow, layout.Device.Value);
        Write(MmioRegister.QueueReady, 1);
        Assert.Equal(1u, Read(MmioRegister.QueueReady));
    }

    public void WriteAddress(int register, ulong address)
    {
        Write(register, (uint)address);
        Write(register + sizeof(uint), (uint)(address >> 32));
    }

    public void SetLine(bool asserted)
    {
        IsAsserted = asserted;
        if (!asserted || !TakesInterrupts)
        {
            return;
        }

        byte[] causes = new byte[sizeof(uint)];
        Mmio.Read(MmioRegister.InterruptStatus, causes);
        Mmio.Write(MmioRegister.InterruptAcknowledge, causes);
        foreach (DriverQueue queue in Queues)
        {
            queue.Call.Signal();
        }
    }

    public override void Dispose()
    {
        _worker.Run(Mmio.Dispose);
        base.Dispose();
    }

    protected override void Notify(int queue)
    {
        byte[] bytes = new byte[sizeof(uint)];
        uint more = (Features & VirtioFeatures.NotificationData) != 0 ? 0xabcd_0000 : 0;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)queue | more);
        Mmio.Write(MmioRegister.QueueNotify, bytes);
    }
}
