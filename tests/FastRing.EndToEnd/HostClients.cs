using System.Net.Sockets;

namespace FastRing.EndToEnd;

/// <summary>Programs on the host's side of a port.</summary>
internal static class HostClients
{
    public static async Task<NetworkStream> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Reads until there are <paramref name="count"/> bytes.</summary>
    public static async Task<byte[]> ReadAsync(this NetworkStream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(GuestRig.Patience);
        return bytes;
    }
}
