using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FastRing.Interop;

namespace FastRing.EndToEnd.Hostile;

internal static partial class Attacks
{
    /// <summary>How often VMMs and programs come and go; `tests/run.sh torture` has them do so ten times as often.</summary>
    private static int Visits => int.Parse(Environment.GetEnvironmentVariable("FASTRING_VISITS") ?? "1000", CultureInfo.InvariantCulture);

    /// <summary>Programs on the host that come and go, or come in crowds.</summary>
    private static IEnumerable<Attack> OfHostPrograms()
    {
        yield return Attack.Uncounted("a client that comes and goes again and again", world => Connect(world["unix.sock"]).Dispose(), Visits);
        foreach (string port in (string[])["unix.sock", "hub.sock"])
        {
            yield return Attack.Uncounted($"fifty clients at once, at {port}", world => Crowd(world[port], 50, 1), times: 3);
            yield return Attack.Uncounted($"clients that send and leave at once, at {port}", world =>
            {
                using Socket client = Connect(world[port]);
                client.Blocking = false;
                Flood(client);
            });
        }
    }

    /// <summary>Callers of the management API that speak no HTTP, too much of it, or nothing.</summary>
    private static IEnumerable<Attack> OfCallers()
    {
        const string Ports = "POST /v1/guests/attacked/ports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        yield return Asked("a request that is no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n");
        yield return Asked("headers without end", $"GET /v1/guests HTTP/1.1\r\n{string.Concat(Enumerable.Repeat("X-Y: zzzzzzzzzzzzzzzz\r\n", 5000))}");
        yield return Asked("a body that says it is huge", $"{Ports}Content-Length: 99999999999\r\n\r\n");
        yield return Asked("a body that is no JSON", $"{Ports}Content-Length: 5\r\nConnection: close\r\n\r\nhello");
        yield return Asked("JSON nested without end", $"{Ports}Content-Length: 5000\r\nConnection: close\r\n\r\n{new string('[', 5000)}");
        yield return Asked("a path that climbs", "GET /v1/guests/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        yield return Attack.Uncounted("forty callers that say nothing and leave", world => Crowd(world["api.sock"], 40, 1), times: 3);
    }

    private static Attack Asked(string name, string request) => Attack.Uncounted(name, world =>
    {
        using Socket caller = Connect(world["api.sock"]);
        try
        {
            caller.Send(Encoding.Latin1.GetBytes(request));
        }
        catch (SocketException)
        {
            // Turned away before it had said everything.
        }

        ReadToEnd(caller);
    });

    private static void Crowd(string path, int together, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            var clients = new List<OwnedFd>();
            while (clients.Count < together && TryConnect(path) is { } client)
            {
                clients.Add(client);
            }

            clients.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Null: the queue of those who want in is full, as it may be.</summary>
    private static OwnedFd? TryConnect(string path)
    {
        try
        {
            return UnixSocket.ConnectNonBlocking(path);
        }
        catch (LinuxException e) when (e.Errno == 11 /* EAGAIN */)
        {
            return null;
        }
    }

    private static void Flood(Socket client)
    {
        byte[] bytes = new byte[65536];
        try
        {
            while (client.Send(bytes) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The socket is full: nobody reads.
        }
    }

    private static void ReadToEnd(Socket socket)
    {
        socket.ReceiveTimeout = 20_000;
        byte[] bytes = new byte[4096];
        try
        {
            while (socket.Receive(bytes) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            // Turned away with something unread.
        }
    }

    private static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
