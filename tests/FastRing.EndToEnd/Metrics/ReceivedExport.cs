using System.Buffers.Binary;
using System.Text;

namespace FastRing.EndToEnd.Metrics;

/// <summary>A request of OTLP's, <c>ExportMetricsServiceRequest</c> in protobuf's wire format, of which only what is looked for is read.</summary>
/// <param name="RequestLine">The first line of the request.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record ReceivedExport(string RequestLine, string ContentType, byte[] Body)
{
    private const int LengthDelimited = 2;

    /// <summary>The value of the data point of a sum that has all these attributes; null: there is none.</summary>
    public long? SumOf(string metric, params string[] attributes)
    {
        // resource_metrics = 1, scope_metrics = 2, metrics = 2; of a metric: name = 1, sum = 7; data_points = 1; of a point: as_int = 6, attributes = 7.
        foreach (byte[] candidate in Messages(Body, 1).SelectMany(r => Messages(r, 2)).SelectMany(s => Messages(s, 2)).Where(m => Text(m, 1) == metric))
        {
            foreach (byte[] point in Messages(candidate, 7).SelectMany(s => Messages(s, 1)))
            {
                string[] has = [.. Messages(point, 7).Select(a => $"{Text(a, 1)}={Messages(a, 2).Select(v => Text(v, 1)).FirstOrDefault()}")];
                if (attributes.All(has.Contains))
                {
                    return Fields(point).Where(f => f.Number == 6).Select(f => BinaryPrimitives.ReadInt64LittleEndian(f.Bytes)).FirstOrDefault();
                }
            }
        }

        return null;
    }

    private static string? Text(byte[] message, int number) => Messages(message, number).Select(Encoding.UTF8.GetString).FirstOrDefault();

    private static IEnumerable<byte[]> Messages(byte[] message, int number) => Fields(message).Where(f => f.Number == number && f.Wire == LengthDelimited).Select(f => f.Bytes);

    private static IEnumerable<(int Number, int Wire, byte[] Bytes)> Fields(byte[] message)
    {
        int at = 0;
        while (at < message.Length)
        {
            int key = (int)Varint(message, ref at);
            int start = at;
            int length = (key & 7) switch
            {
                0 => (int)(Varint(message, ref at) & 0) + at - start,
                1 => 8,
                LengthDelimited => (int)Varint(message, ref at),
                5 => 4,
                int wire => throw new InvalidDataException($"wire type {wire}"),
            };
            start = (key & 7) == LengthDelimited ? at : start;
            at = start + length;
            yield return (key >> 3, key & 7, message[start..at]);
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
