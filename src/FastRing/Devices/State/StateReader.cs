using System.Buffers.Binary;
using System.Text;

namespace FastRing.Devices.State;

/// <summary>
/// Reads what <see cref="StateWriter"/> wrote, or somebody who means harm. The first mistake stays: after it everything reads as 0, so that a reader need look only
/// at its end. Never throws, and allocates nothing that the state sizes.
/// </summary>
public ref struct StateReader
{
    private ReadOnlySpan<byte> _rest;

    private StateReader(ReadOnlySpan<byte> rest) => _rest = rest;

    /// <summary>Opens a state.</summary>
    /// <param name="state">Untrusted.</param>
    /// <param name="deviceId">Whose state it has to be.</param>
    /// <param name="version">The version the caller knows.</param>
    public static StateReader Open(ReadOnlySpan<byte> state, uint deviceId, ushort version)
    {
        string? why = StateHeader.WhyUnreadable(state, deviceId, version);
        return new StateReader(why is null ? state[StateHeader.SizeBytes..] : []) { Error = why };
    }

    /// <summary>The first mistake: field, and what is wrong. Null: none.</summary>
    public string? Error { get; private set; }

    /// <summary>What a mistake is said to be in, before its field's name: "port 3: ".</summary>
    public string? Place { get; set; }

    /// <summary>Bytes not read yet. Behind the fields a reader knows there may be those of a later version.</summary>
    public readonly int Left => Error is null ? _rest.Length : 0;

    /// <summary>The next section. Of a reader's sections only.</summary>
    /// <param name="id">What it is.</param>
    /// <param name="isOptional">Who does not know it leaves it out.</param>
    /// <param name="body">Its fields.</param>
    /// <returns>False at the end, and at a mistake.</returns>
    public bool TrySection(out ushort id, out bool isOptional, out StateReader body)
    {
        body = default;
        id = 0;
        isOptional = false;
        if (Left == 0)
        {
            return false;
        }

        id = UInt16("section");
        isOptional = (UInt16("section") & StateHeader.Optional) != 0;
        uint length = UInt32("section");
        ReadOnlySpan<byte> bytes = Next((int)Math.Min(length, int.MaxValue), "section");
        body = new StateReader(bytes);
        return Error is null;
    }

    /// <summary>One byte.</summary>
    public byte UInt8(string field) => Next(sizeof(byte), field) is [byte value] ? value : (byte)0;

    /// <summary>Two bytes.</summary>
    public ushort UInt16(string field) => Next(sizeof(ushort), field) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    /// <summary>Four bytes.</summary>
    public uint UInt32(string field) => Next(sizeof(uint), field) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    /// <summary>Eight bytes.</summary>
    public ulong UInt64(string field) => Next(sizeof(ulong), field) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    /// <summary>Sixteen bytes, as <see cref="StateWriter.Guid"/> writes them.</summary>
    public Guid Guid(string field) => Next(16, field) is { IsEmpty: false } bytes ? new Guid(bytes) : default;

    /// <summary>A number of four bytes that is no more than <paramref name="most"/>.</summary>
    public uint UpTo(uint most, string field)
    {
        uint value = UInt32(field);
        Check(value <= most, field, $"{value} is more than {most}");
        return Error is null ? value : 0;
    }

    /// <summary>Text as <see cref="StateWriter.Ascii"/> writes it.</summary>
    public string Ascii(string field) => Encoding.ASCII.GetString(Next(UInt8(field), field));

    /// <summary>Demands something of what was read.</summary>
    public void Check(bool holds, string field, string otherwise)
    {
        if (!holds)
        {
            Error ??= $"{Place}{field}: {otherwise}";
        }
    }

    private ReadOnlySpan<byte> Next(int bytes, string field)
    {
        Check(bytes <= _rest.Length, field, "the state ends in it");
        if (Error is not null)
        {
            return default;
        }

        ReadOnlySpan<byte> next = _rest[..bytes];
        _rest = _rest[bytes..];
        return next;
    }
}
