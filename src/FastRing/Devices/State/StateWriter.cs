using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FastRing.Devices.State;

/// <summary>
/// Makes a device's state: a header with versions and a checksum, and sections that each say what they are and how long, so that readers of another version find what
/// they know. A later version may put fields behind those of a section, and sections that older readers leave out.
/// </summary>
/// <param name="deviceId">Virtio device id.</param>
/// <param name="version">The version written.</param>
/// <param name="oldestReader">The oldest version whose reader makes no mistake with this one.</param>
public sealed class StateWriter(uint deviceId, ushort version, ushort oldestReader)
{
    private byte[] _bytes = new byte[1024];
    private int _length = StateHeader.SizeBytes;
    private int _section;

    /// <summary>Begins a section; what is written next is in it.</summary>
    /// <param name="id">What it is. May occur more than once.</param>
    /// <param name="isOptional">A reader that does not know it may leave it out; else it has to refuse the state.</param>
    public void Section(ushort id, bool isOptional = false)
    {
        EndSection();
        _section = _length;
        UInt16(id);
        UInt16(isOptional ? StateHeader.Optional : (ushort)0);
        UInt32(0);
    }

    /// <summary>One byte.</summary>
    public void UInt8(byte value) => Next(sizeof(byte))[0] = value;

    /// <summary>Two bytes, little endian, as the others.</summary>
    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(sizeof(ushort)), value);

    /// <summary>Four bytes.</summary>
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(sizeof(uint)), value);

    /// <summary>Eight bytes.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(sizeof(ulong)), value);

    /// <summary>Sixteen bytes, as <see cref="System.Guid.ToByteArray()"/> has them.</summary>
    public void Guid(Guid value) => value.TryWriteBytes(Next(16));

    /// <summary>A byte that says how many follow, and as many of ASCII.</summary>
    public void Ascii(string value)
    {
        UInt8(checked((byte)value.Length));
        Encoding.ASCII.GetBytes(value, Next(value.Length));
    }

    /// <summary>The state.</summary>
    public byte[] ToArray()
    {
        EndSection();
        byte[] record = _bytes.AsSpan(0, _length).ToArray();
        StateHeader.Write(record, deviceId, version, oldestReader);
        return record;
    }

    private void EndSection()
    {
        if (_section > 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_section + 4), (uint)(_length - _section - StateHeader.SectionBytes));
        }
    }

    private Span<byte> Next(int bytes)
    {
        if (bytes > _bytes.Length - _length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        }

        _length += bytes;
        return _bytes.AsSpan(_length - bytes, bytes);
    }
}
