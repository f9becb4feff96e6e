using System.Buffers.Binary;

namespace FastRing.Transports.Pci;

/// <summary>A function's configuration space: a type 0 header and a list of capabilities (PCI Local Bus 3.0, 6). Bytes, and which of their bits are the guest's to write.</summary>
internal sealed class PciConfigSpace
{
    /// <summary>Bytes of the space.</summary>
    public const int Bytes = 256;

    public const int Command = 0x04;
    public const int Status = 0x06;
    public const int Bar0 = 0x10;

    public const ushort MemorySpace = 1 << 1;
    public const ushort BusMaster = 1 << 2;
    public const ushort InterruptDisable = 1 << 10;

    private const byte HasCapabilities = 1 << 4;
    private const byte InterruptStatus = 1 << 3;
    private const byte VendorSpecific = 0x09;
    private const byte MsixId = 0x11;
    private const ushort MsixEnable = 1 << 15;
    private const ushort MsixFunctionMask = 1 << 14;
    private const ushort FirstModernDevice = 0x1040;

    private readonly byte[] _reset = new byte[Bytes];
    private readonly byte[] _writable = new byte[Bytes];
    private readonly byte[] _bytes = new byte[Bytes];
    private readonly int _msix;
    private int _end = 0x40; // Where the next capability goes.
    private int _last = 0x34; // What points to it.

    public PciConfigSpace(uint deviceId, in BarLayout layout, int configBytes, MsixTable msix)
    {
        Put(0x00, (ushort)DeviceRegisters.VendorId);
        Put(0x02, (ushort)(FirstModernDevice + deviceId));
        Put(Command, 0, MemorySpace | BusMaster | InterruptDisable);
        _reset[Status] = HasCapabilities;
        _reset[0x08] = 1; // A modern device's revision is 1 or more (virtio 1.2, 4.1.2.1).
        Class(deviceId).CopyTo(_reset, 0x09);
        PutBar(BarLayout.Registers, layout.Bytes);
        PutBar(BarLayout.Msix, msix.Bytes);
        Put(0x2c, (ushort)DeviceRegisters.VendorId);
        Put(0x2e, 0x1100); // 0x40 or more: the driver need not be a legacy one (virtio 1.2, 4.1.2.1).
        _writable[0x3c] = 0xff; // Which line the firmware has routed it to.
        _reset[0x3d] = 1; // INTA#.
        _msix = AddMsix(msix);
        AddVirtio(1, BarLayout.Common, CommonField.Bytes);
        AddNotify(layout.NotifyBytes);
        AddVirtio(3, BarLayout.Isr, BarLayout.IsrBytes);
        if (configBytes > 0)
        {
            AddVirtio(4, BarLayout.DeviceConfig, configBytes);
        }

        Window = AddWindow();
        Reset();
    }

    /// <summary>Where the capability is that reaches into BARs (<c>VIRTIO_PCI_CAP_PCI_CFG</c>).</summary>
    public int Window { get; }

    public ushort CommandBits => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(Command));

    public bool IsMsixEnabled => (MsixControl & MsixEnable) != 0;

    public bool IsMsixMasked => (MsixControl & MsixFunctionMask) != 0;

    /// <summary>INTx wants attention.</summary>
    public bool IsInterruptPending
    {
        set => _bytes[Status] = (byte)(value ? _bytes[Status] | InterruptStatus : _bytes[Status] & ~InterruptStatus);
    }

    public Span<byte> Contents => _bytes;

    public void Reset() => _reset.CopyTo(_bytes, 0);

    /// <summary>Writes what bits may be written.</summary>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        for (int i = 0; i < source.Length; i++)
        {
            int mask = _writable[offset + i];
            _bytes[offset + i] = (byte)((_bytes[offset + i] & ~mask) | (source[i] & mask));
        }
    }

    private ushort MsixControl => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(_msix + 2));

    /// <summary>Programming interface, subclass and class, as virtual machines' drivers and tools know such devices.</summary>
    private static byte[] Class(uint deviceId) => deviceId switch
    {
        1 => [0, 0x00, 0x02], // Ethernet.
        2 => [0, 0x00, 0x01], // Storage.
        3 => [0, 0x80, 0x07], // Communication.
        _ => [0, 0x00, 0xff],
    };

    private void Put(int offset, ushort value, ushort writable = 0)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_reset.AsSpan(offset), value);
        BinaryPrimitives.WriteUInt16LittleEndian(_writable.AsSpan(offset), writable);
    }

    private void Put(int offset, uint value, uint writable = 0)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_reset.AsSpan(offset), value);
        BinaryPrimitives.WriteUInt32LittleEndian(_writable.AsSpan(offset), writable);
    }

    /// <summary>32 bits of memory: the bits below the size read 0, which is how a guest learns it.</summary>
    private void PutBar(int bar, int bytes) => Put(Bar0 + (bar * sizeof(uint)), 0u, ~((uint)bytes - 1));

    private int AddCapability(byte id, int bytes)
    {
        int start = _end;
        _reset[_last] = (byte)start;
        _reset[start] = id;
        _last = start + 1;
        _end = (start + bytes + 3) & ~3;
        return start;
    }

    private int AddMsix(MsixTable msix)
    {
        int start = AddCapability(MsixId, 12);
        Put(start + 2, (ushort)(msix.Count - 1), MsixEnable | MsixFunctionMask);
        Put(start + 4, (uint)BarLayout.Msix);
        Put(start + 8, (uint)(msix.PendingOffset | BarLayout.Msix));
        return start;
    }

    /// <summary>A structure of virtio's (<c>virtio_pci_cap</c>; virtio 1.2, 4.1.4).</summary>
    private int AddVirtio(byte type, int offset, int length, int capabilityBytes = 16)
    {
        int start = AddCapability(VendorSpecific, capabilityBytes);
        _reset[start + 2] = (byte)capabilityBytes;
        _reset[start + 3] = type;
        _reset[start + 4] = BarLayout.Registers;
        Put(start + 8, (uint)offset);
        Put(start + 12, (uint)length);
        return start;
    }

    private void AddNotify(int bytes) => Put(AddVirtio(2, BarLayout.Notify, bytes, capabilityBytes: 20) + 16, (uint)BarLayout.NotifyMultiplier);

    /// <summary>Its BAR, offset, length and data are the guest's (virtio 1.2, 4.1.4.9).</summary>
    private int AddWindow()
    {
        int start = AddVirtio(5, 0, 0, capabilityBytes: 20);
        _writable[start + 4] = 0xff;
        Put(start + 8, 0u, uint.MaxValue);
        Put(start + 12, 0u, uint.MaxValue);
        Put(start + 16, 0u, uint.MaxValue);
        return start;
    }
}
