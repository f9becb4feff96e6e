using System.Buffers.Binary;

namespace FastRing.EndToEnd;

/// <summary>Packets in a file of libpcap's, from which DPDK's net_pcap receives and to which it sends.</summary>
internal static class Pcap
{
    private const uint Magic = 0xa1b2c3d4; // microseconds, this machine's byte order
    private const uint Ethernet = 1;       // LINKTYPE_ETHERNET
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;

    public static void Write(string path, IEnumerable<byte[]> packets)
    {
        using var file = new BinaryWriter(File.Create(path));
        foreach (uint field in (uint[])[Magic, 2 | (4 << 16), 0, 0, ushort.MaxValue, Ethernet])
        {
            file.Write(field);
        }

        foreach (byte[] packet in packets)
        {
            file.Write(0UL); // when
            file.Write(packet.Length);
            file.Write(packet.Length);
            file.Write(packet);
        }
    }

    public static List<byte[]> Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path).AsSpan(FileHeaderBytes);
        var packets = new List<byte[]>();
        while (rest.Length > 0)
        {
            int bytes = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
            packets.Add(rest.Slice(RecordHeaderBytes, bytes).ToArray());
            rest = rest[(RecordHeaderBytes + bytes)..];
        }

        return packets;
    }
}
