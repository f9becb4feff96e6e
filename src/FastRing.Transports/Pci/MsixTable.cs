using System.Buffers.Binary;
using System.Numerics;

namespace FastRing.Transports.Pci;

/// <summary>An MSI-X table and its array of pending bits (PCI Express 6.0, 7.7.2). What is signalled while masked waits.</summary>
internal sealed class MsixTable
{
    private const int EntryBytes = 16;
    private const uint MaskBit = 1;

    /// <summary>Table and pending bits are on pages of their own, so that a VMM can map them apart.</summary>
    private const int PageBytes = 4096;

    private readonly IPciInterrupts _interrupts;
    private readonly byte[] _entries;
    private readonly byte[] _pending;
    private bool _isFunctionMasked;

    public MsixTable(int count, IPciInterrupts interrupts)
    {
        Count = count;
        _interrupts = interrupts;
        _entries = new byte[count * EntryBytes];
        _pending = new byte[(count + 63) / 64 * sizeof(ulong)];
        PendingOffset = RoundUp(_entries.Length);
        Bytes = (int)BitOperations.RoundUpToPowerOf2((uint)(PendingOffset + RoundUp(_pending.Length)));
        Reset();
    }

    public int Count { get; }

    /// <summary>Where the pending bits are, behind the table.</summary>
    public int PendingOffset { get; }

    /// <summary>Bytes of both, a power of two.</summary>
    public int Bytes { get; }

    public bool IsEnabled { get; private set; }

    /// <summary>The two bits of the capability.</summary>
    public void Control(bool isEnabled, bool isFunctionMasked)
    {
        IsEnabled = isEnabled;
        _isFunctionMasked = isFunctionMasked;
        for (int vector = 0; vector < Count; vector++)
        {
            SendIfPending(vector);
        }
    }

    /// <summary>Sends a vector's message, now or when nothing masks it any more.</summary>
    public void Signal(int vector)
    {
        SetPending(vector, true);
        SendIfPending(vector);
    }

    public void SetMasked(int vector, bool masked)
    {
        WriteControl(vector, masked ? MaskBit : 0);
        SendIfPending(vector);
    }

    public void Reset()
    {
        IsEnabled = _isFunctionMasked = false;
        _entries.AsSpan().Clear();
        _pending.AsSpan().Clear();
        for (int vector = 0; vector < Count; vector++)
        {
            WriteControl(vector, MaskBit);
        }
    }

    /// <summary>Forgets what waits: the device that signalled it was reset.</summary>
    public void ClearPending() => _pending.AsSpan().Clear();

    /// <summary>Reads 4 aligned bytes; where there is nothing, zeros.</summary>
    public uint Read(int offset) =>
        offset <= _entries.Length - sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(_entries.AsSpan(offset))
        : offset >= PendingOffset && offset - PendingOffset <= _pending.Length - sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(_pending.AsSpan(offset - PendingOffset))
        : 0;

    /// <summary>Writes 4 aligned bytes.</summary>
    /// <returns>False: there is nothing to be written.</returns>
    public bool TryWrite(int offset, uint value)
    {
        if (offset > _entries.Length - sizeof(uint))
        {
            return false;
        }

        bool isControl = offset % EntryBytes == EntryBytes - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(_entries.AsSpan(offset), isControl ? value & MaskBit : value);
        if (isControl)
        {
            SendIfPending(offset / EntryBytes);
        }

        return true;
    }

    private void SendIfPending(int vector)
    {
        Span<byte> entry = _entries.AsSpan(vector * EntryBytes, EntryBytes);
        bool isMasked = _isFunctionMasked || (BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]) & MaskBit) != 0;
        if (IsEnabled && !isMasked && (_pending[vector / 8] & (1 << (vector % 8))) != 0)
        {
            SetPending(vector, false);
            _interrupts.SendMessage(vector, BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
        }
    }

    private void SetPending(int vector, bool pending)
    {
        int bit = 1 << (vector % 8);
        _pending[vector / 8] = (byte)(pending ? _pending[vector / 8] | bit : _pending[vector / 8] & ~bit);
    }

    private void WriteControl(int vector, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_entries.AsSpan((vector * EntryBytes) + 12), value);

    private static int RoundUp(int bytes) => (bytes + PageBytes - 1) & ~(PageBytes - 1);
}
