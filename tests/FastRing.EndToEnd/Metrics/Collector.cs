using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FastRing.EndToEnd.Metrics;

/// <summary>A collector: an HTTP server that takes whatever it is sent and keeps the last of it.</summary>
internal sealed class Collector : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private volatile ReceivedExport? _last;

    public Collector(string status = "200 OK")
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync(status);
    }

    public string Url { get; }

    /// <summary>What came last; null: nothing yet.</summary>
    public ReceivedExport? Last => _last;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(string status)
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(), status);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, string status)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            while (await ReadHeadAsync(stream) is { Length: > 0 } head)
            {
                string[] lines = head.Split("\r\n");
                byte[] body = new byte[int.Parse(Header(lines, "Content-Length"))];
                await stream.ReadExactlyAsync(body);
                _last = new ReceivedExport(lines[0], Header(lines, "Content-Type"), body);
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"));
            }
        }
    }

    private static string Header(string[] lines, string name) => lines.First(l => l.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
