using System.Buffers.Binary;
using FastRing.Devices;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.Spec;
using FastRing.VhostUser.Frontend;
using FastRing.Workers;

namespace FastRing.Transports.Tests.Support;

/// <summary>A driver of a virtio-pci function, however it is reached: finds its structures by their capabilities, as virtio 1.2, 4.1.4 has it.</summary>
internal abstract class PciDriver(Worker doorbells, DriverMemory memory) : RegisterDriver(doorbells, memory)
{
    private readonly Dictionary<int, (int Bar, ulong Offset, uint Length)> _structures = [];
    private uint _notifyMultiplier;

    /// <summary>Where the MSI-X capability is.</summary>
    public int Msix { get; private set; }

    /// <summary>Where the capability is that reaches into BARs.</summary>
    public int Window { get; private set; }

    /// <summary>MSI-X is used; else INTx.</summary>
    public bool UsesMsix { get; set; } = true;

    public override DeviceStatus Status
    {
        get => (DeviceStatus)ReadCommon(20, 1);
        set => WriteCommon(20, 1, (uint)value);
    }

    public abstract void ReadRegion(int region, ulong offset, Span<byte> destination);

    public abstract void WriteRegion(int region, ulong offset, ReadOnlySpan<byte> source);

    /// <summary>The number of configuration space among the regions.</summary>
    public const int Config = 7;

    public (int Bar, ulong Offset, uint Length) Structure(int type) => _structures[type];

    /// <summary>What Linux does before it looks at virtio: memory space, bus master, and a look through the capabilities.</summary>
    public void Enumerate()
    {
        Write(Config, 0x04, 2, 6);
        Assert.Equal(0x10u, Read(Config, 0x06, 2) & 0x10); // There is a list of capabilities.
        for (int at = (int)Read(Config, 0x34, 1); at != 0; at = (int)Read(Config, (ulong)at + 1, 1))
        {
            switch (Read(Config, (ulong)at, 1))
            {
                case 0x11:
                    Msix = at;
                    break;
                case 0x09:
                    TakeStructure(at);
                    break;
                default:
                    Assert.Fail("an unknown capability");
                    break;
            }
        }

        if (UsesMsix)
        {
            Write(Config, (ulong)Msix + 2, 2, 0x8000);
        }
    }

    public override void Begin()
    {
        if (UsesMsix)
        {
            ConnectVector(0, null);
            WriteCommon(16, 2, 0);
            Assert.Equal(0u, ReadCommon(16, 2));
        }

        base.Begin();
    }

    public bool HasStructure(int type) => _structures.ContainsKey(type);

    public uint Read(int region, ulong offset, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes.Clear();
        ReadRegion(region, offset, bytes[..width]);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Write(int region, ulong offset, int width, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        WriteRegion(region, offset, bytes[..width]);
    }

    public uint ReadCommon(ulong field, int width) => Read(_structures[1].Bar, _structures[1].Offset + field, width);

    public void WriteCommon(ulong field, int width, uint value) => Write(_structures[1].Bar, _structures[1].Offset + field, width, value);

    public uint ReadIsr() => Read(_structures[3].Bar, _structures[3].Offset, 1);

    public override ulong OfferedFeatures()
    {
        WriteCommon(0, 4, 1);
        ulong high = ReadCommon(4, 4);
        WriteCommon(0, 4, 0);
        return (high << 32) | ReadCommon(4, 4);
    }

    public override void AcceptFeatures(ulong features)
    {
        WriteCommon(8, 4, 1);
        WriteCommon(12, 4, (uint)(features >> 32));
        WriteCommon(8, 4, 0);
        WriteCommon(12, 4, (uint)features);
    }

    public override ushort MaxSize(int queue)
    {
        WriteCommon(22, 2, (uint)queue);
        return (ushort)ReadCommon(24, 2);
    }

    public override void SetUp(int queue, ushort size, in RingLayout layout, EventFd call)
    {
        WriteCommon(22, 2, (uint)queue);
        WriteCommon(24, 2, size);
        WriteAddress(32, layout.Descriptors.Value);
        WriteAddress(40, layout.Driver.Value);
        WriteAddress(48, layout.Device.Value);
        if (UsesMsix)
        {
            ConnectVector(queue + 1, call);
            WriteCommon(26, 2, (uint)queue + 1);
            Assert.Equal((uint)queue + 1, ReadCommon(26, 2));
        }

        WriteCommon(28, 2, 1);
        Assert.Equal(1u, ReadCommon(28, 2));
    }

    public void WriteAddress(ulong field, ulong address)
    {
        WriteCommon(field, 4, (uint)address);
        WriteCommon(field + 4, 4, (uint)(address >> 32));
    }

    /// <summary>Has a vector's messages signal a descriptor; null: nobody waits for them.</summary>
    public abstract void ConnectVector(int vector, EventFd? call);

    protected (int Region, ulong Offset) Doorbell(int queue) => (_structures[2].Bar, _structures[2].Offset + ((ulong)queue * _notifyMultiplier));

    protected void Ring(int queue)
    {
        (int region, ulong offset) = Doorbell(queue);
        bool hasData = (Features & VirtioFeatures.NotificationData) != 0;
        Write(region, offset, hasData ? 4 : 2, (uint)queue | (hasData ? 0xabcd_0000 : 0));
    }

    private void TakeStructure(int at)
    {
        int type = (int)Read(Config, (ulong)at + 3, 1);
        _structures.Add(type, ((int)Read(Config, (ulong)at + 4, 1), Read(Config, (ulong)at + 8, 4), Read(Config, (ulong)at + 12, 4)));
        if (type == 2)
        {
            _notifyMultiplier = Read(Config, (ulong)at + 16, 4);
        }

        Window = type == 5 ? at : Window;
    }
}
