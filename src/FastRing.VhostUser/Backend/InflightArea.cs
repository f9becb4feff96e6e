using System.Runtime.InteropServices;
using FastRing.Interop;
using FastRing.Memory;
using FastRing.Queues;

namespace FastRing.VhostUser.Backend;

/// <summary>
/// The buffer that tracks inflight I/O, which the backend makes and its frontend keeps (vhost-user, "Inflight I/O tracking"): what it takes to go on when this process is killed. What a
/// frontend gives back is untrusted: the header is checked when it comes, each region when its ring starts, the device's part by the device.
/// </summary>
internal sealed class InflightArea : IDisposable
{
    private const ulong Magic = 0x3147_6e69_5274_7346; // "FstRinG1"
    private const int Device = 8;       // device id
    private const int Queues = 16;      // num_queues, queue_size << 16
    private const int DeviceBytes = 24; // of the device's part
    private const int Features = 32;    // the driver's choice: what the regions are to be read by
    private const int Begun = 40;       // 1: it is in use
    private const int Identity = 48;    // two words, by chance

    private readonly MappedRegion _mapping;
    private readonly RecoveryArea _header;
    private readonly InflightLayout _layout;

    private InflightArea(MappedRegion mapping, in InflightLayout layout)
    {
        _mapping = mapping;
        _layout = layout;
        _header = new RecoveryArea(mapping, 0, InflightLayout.HeaderBytes);
        DevicePart = new RecoveryArea(mapping, layout.DeviceAt, layout.DeviceBytes);
    }

    /// <summary>The device's part of it.</summary>
    public RecoveryArea DevicePart { get; }

    /// <summary>Its file has shrunk under it: see <see cref="MappedRegion.IsLost"/>. Any thread.</summary>
    public bool IsLost => _mapping.IsLost;

    /// <summary>No driver has used it so far.</summary>
    public bool IsNew => _header.Load(Begun) == 0;

    /// <summary>Makes one; its file, sealed, is all there is of it until it is mapped.</summary>
    /// <exception cref="LinuxException">There is no memory or descriptor for it.</exception>
    public static OwnedFd Create(in InflightLayout layout, uint deviceId)
    {
        OwnedFd file = MemFd.Create("fastring-inflight", (ulong)layout.SizeBytes);
        try
        {
            MemFd.AddSeals(file, FileSeals.Shrink | FileSeals.Grow);
            using InflightArea area = Map(file, 0, layout);
            Span<Guid> identity = [Guid.NewGuid()];
            area._header.Write(Identity, MemoryMarshal.AsBytes(identity));
            area._header.Store(Device, deviceId);
            area._header.Store(Queues, layout.Queues | ((ulong)layout.QueueSize << 16));
            area._header.Store(DeviceBytes, (ulong)layout.DeviceBytes);
            area._header.Store(0, Magic);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Maps one that a frontend sent.</summary>
    /// <exception cref="ArgumentException">The file has no such part.</exception>
    /// <exception cref="LinuxException">It can't be mapped.</exception>
    public static InflightArea Map(OwnedFd file, ulong fileOffset, in InflightLayout layout) => new(MappedRegion.Map(file, fileOffset, (ulong)layout.SizeBytes), layout);

    /// <summary>Why it is none of this device's and this driver's, naming the field; null: it is.</summary>
    public string? WhyNot(uint deviceId, ulong features)
    {
        ulong queues = _header.Load(Queues);
        ulong chosen = _header.Load(Features);
        string? why = _header.Load(0) != Magic ? "magic: it is no area of this program's"
            : _header.Load(Device) != deviceId ? $"device id: {_header.Load(Device)} in the area, {deviceId} here"
            : (ushort)queues != _layout.Queues ? $"num_queues: {(ushort)queues} in the area, {_layout.Queues} in the message"
            : queues >> 16 != _layout.QueueSize ? $"queue_size: {queues >> 16} in the area, {_layout.QueueSize} in the message"
            : _header.Load(DeviceBytes) != (ulong)_layout.DeviceBytes ? $"bytes of the device: {_header.Load(DeviceBytes)} in the area, {_layout.DeviceBytes} here"
            : !IsNew && chosen != features ? $"features: 0x{chosen:x} in the area, 0x{features:x} here"
            : null;
        for (int i = 0; why is null && !IsNew && i < _layout.Queues; i++)
        {
            why = InflightRegion.WhyNot(Region(i), _layout.QueueSize) is { } field ? $"queue {i}: {field}" : null;
        }

        return why;
    }

    /// <summary>Whether it is the same as the other, which may be mapped elsewhere.</summary>
    public bool Is(InflightArea other)
    {
        Span<byte> identity = stackalloc byte[16];
        Span<byte> its = stackalloc byte[16];
        _header.Read(Identity, identity);
        other._header.Read(Identity, its);
        return _layout == other._layout && identity.SequenceEqual(its);
    }

    /// <summary>Makes it one that was never used, whatever is in it.</summary>
    public void Clear(ulong features)
    {
        ClearRegions();
        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        for (int at = 0; at < DevicePart.Length; at += zeros.Length)
        {
            DevicePart.Write(at, zeros[..Math.Min(zeros.Length, DevicePart.Length - at)]);
        }

        _header.Store(Features, features);
    }

    /// <summary>All of it is in place: from here on a successor goes on from it.</summary>
    public void Begin() => _header.Store(Begun, 1);

    /// <summary>The driver's choice of features. Another one is another driver's, whose rings are fresh.</summary>
    public void SetFeatures(ulong features)
    {
        if (_header.Load(Features) != features)
        {
            ClearRegions();
            _header.Store(Features, features);
        }
    }

    /// <summary>Whether a ring of that number and size has a region.</summary>
    public bool Fits(int queue, uint size) => queue < _layout.Queues && size <= _layout.QueueSize;

    /// <summary>A queue's region; null: it has none.</summary>
    public RecoveryArea? RegionOf(int queue) => queue < _layout.Queues ? Region(queue) : null;

    /// <summary>A queue's region is that of a ring which begins. While it does not run.</summary>
    public void ClearRegion(int queue)
    {
        if (RegionOf(queue) is { } region)
        {
            InflightRegion.Clear(region);
        }
    }

    public void Dispose() => _mapping.Dispose();

    private RecoveryArea Region(int queue) => new(_mapping, _layout.RegionAt(queue), _layout.RegionBytes);

    private void ClearRegions()
    {
        for (int i = 0; i < _layout.Queues; i++)
        {
            ClearRegion(i);
        }
    }
}
