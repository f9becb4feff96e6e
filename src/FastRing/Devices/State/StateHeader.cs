using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FastRing.Devices.State;

/// <summary>What stands before a state's sections: le64 magic, le32 device, le16 version, le16 oldest reader's version, le32 bytes that follow, le32 CRC-32C of all but itself.</summary>
internal static class StateHeader
{
    public const int SizeBytes = 24;

    /// <summary>Before each section: le16 id, le16 flags, le32 bytes that follow.</summary>
    public const int SectionBytes = 8;

    /// <summary>A section's flag: who does not know it may leave it out.</summary>
    public const ushort Optional = 1;

    private const ulong Magic = 0x45544154_53525246; // "FRRSTATE"

    public static void Write(Span<byte> record, uint deviceId, ushort version, ushort oldestReader)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(record, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], deviceId);
        BinaryPrimitives.WriteUInt16LittleEndian(record[12..], version);
        BinaryPrimitives.WriteUInt16LittleEndian(record[14..], oldestReader);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], (uint)(record.Length - SizeBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record[20..], Checksum(record));
    }

    /// <returns>Null, or what is wrong with it.</returns>
    public static string? WhyUnreadable(ReadOnlySpan<byte> record, uint deviceId, ushort version)
    {
        if (record.Length < SizeBytes || BinaryPrimitives.ReadUInt64LittleEndian(record) != Magic)
        {
            return "magic: this is no device state";
        }

        uint device = BinaryPrimitives.ReadUInt32LittleEndian(record[8..]);
        ushort oldestReader = BinaryPrimitives.ReadUInt16LittleEndian(record[14..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
        return device != deviceId ? $"device: the state is of device {device}, this is {deviceId}"
            : oldestReader > version ? $"version: the state needs a reader of version {oldestReader} or later, this is {version}"
            : length != (uint)(record.Length - SizeBytes) ? $"length: {length} bytes are announced, and there are {record.Length - SizeBytes}"
            : BinaryPrimitives.ReadUInt32LittleEndian(record[20..]) != Checksum(record) ? "checksum: the state was damaged on its way"
            : null;
    }

    private static uint Checksum(ReadOnlySpan<byte> record) => ~Add(record[SizeBytes..], Add(record[..20], uint.MaxValue));

    private static uint Add(ReadOnlySpan<byte> bytes, uint crc)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(bytes));
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
