using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FastRing.VfioUser.Protocol;

/// <summary>What both sides can do, in JSON (<c>VFIO_USER_VERSION</c>).</summary>
internal static class Capabilities
{
    /// <summary>The most descriptors of one message.</summary>
    public const int MaxFds = Interop.ReceivedFds.Capacity;

    /// <summary>The most DMA ranges at a time.</summary>
    public const int MaxDmaMaps = 509;

    /// <summary>What this server says, with the NUL behind it.</summary>
    public static byte[] Own { get; } = Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"capabilities":{"max_msg_fds":{{{MaxFds}}},"max_data_xfer_size":{{{VfioUserHeader.MaxTransferBytes}}},"max_dma_maps":{{{MaxDmaMaps}}},"pgsizes":4096}}""") + "\0");

    /// <summary>Whether a client's are well formed; nothing in them is needed, because nothing is sent that it did not ask for.</summary>
    public static bool AreWellFormed(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return true;
        }

        if (data[^1] != 0)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(data[..^1], new JsonReaderOptions { MaxDepth = 16 });
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && (!document.RootElement.TryGetProperty("capabilities", out JsonElement capabilities) || capabilities.ValueKind == JsonValueKind.Object);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // The other: text that is no UTF-8.
        {
            return false;
        }
    }
}
