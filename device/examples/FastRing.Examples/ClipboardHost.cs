using System.Net.Sockets;

namespace FastRing.Examples;

/// <summary>The host's side: a client of the port's socket, as any program can be.</summary>
internal static class ClipboardHost
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(string path, string file, CancellationToken stop)
    {
        var clipboard = new Clipboard(file, winsTies: true);
        while (true)
        {
            try
            {
                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
                await clipboard.ShareAsync(new NetworkStream(socket), stop);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or SocketException)
            {
                Console.Error.WriteLine($"{path}: {e.Message}");
            }

            await Task.Delay(Pause, stop);
        }
    }
}
