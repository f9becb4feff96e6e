using System.Net.Sockets;
using System.Security.Cryptography;

namespace FastRing.Examples;

/// <summary>The host's side: sends one event and waits until the guest has acknowledged it. The guest may still be booting.</summary>
internal static class EventsHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>Whether the guest said that it will do it.</returns>
    public static async Task<bool> RunAsync(string path, string name, string? user, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Patience);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), deadline.Token);
        var lines = new EventLines(new NetworkStream(socket));

        // A new id: an answer to anybody's earlier event is not taken for ours.
        string id = RandomNumberGenerator.GetHexString(16, lowercase: true);
        await lines.WriteAsync(user is null ? $"{id} {name}" : $"{id} {name} {user}", deadline.Token);
        try
        {
            while (await lines.ReadAsync(deadline.Token) is { } words)
            {
                if (words[0] == id)
                {
                    Console.WriteLine(string.Join(' ', words[1..]));
                    return words is [_, "ok"];
                }
            }

            Console.WriteLine("the connection ended without an answer");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Console.WriteLine($"no answer within {Patience.TotalSeconds} s");
        }

        return false;
    }
}
