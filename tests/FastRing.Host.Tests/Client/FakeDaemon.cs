using System.Net.Sockets;
using System.Text;

namespace FastRing.Host.Tests.Client;

/// <summary>A daemon that answers whatever the test wants it to, byte for byte, and keeps what it was asked.</summary>
internal sealed class FakeDaemon : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fastring-fake-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Func<string, byte[]?> _answer;
    private readonly List<string> _requests = [];
    private readonly List<Socket> _silent = [];

    /// <param name="answer">From the request's first line to the answer; after it the connection ends. Null: silence.</param>
    public FakeDaemon(Func<string, byte[]?> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _ = Task.Run(AcceptAsync);
    }

    public FakeDaemon(string answer)
        : this(_ => Encoding.UTF8.GetBytes(answer))
    {
    }

    public string SocketPath => Path.Combine(_folder.FullName, "api.sock");

    /// <summary>Requests as they came, bodies included.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>An answer with a body.</summary>
    public static string Answer(string body, string status = "200 OK", string type = "application/json") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    /// <summary>An answer that lasts as long as its connection.</summary>
    public static string Stream(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}";

    public void Dispose()
    {
        _listener.Dispose();
        lock (_requests)
        {
            _silent.ForEach(s => s.Dispose());
        }

        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        string request = await ReadRequestAsync(client);
        lock (_requests)
        {
            _requests.Add(request);
        }

        byte[]? answer = _answer(request.Split("\r\n")[0]);
        if (answer is null)
        {
            lock (_requests)
            {
                _silent.Add(client);
            }

            return;
        }

        using (client)
        {
            try
            {
                for (int at = 0; at < answer.Length;)
                {
                    at += await client.SendAsync(answer.AsMemory(at));
                }

                client.Shutdown(SocketShutdown.Send);
                await client.ReceiveAsync(new byte[1]);
            }
            catch (SocketException)
            {
                // The client had enough of it.
            }
        }
    }

    /// <summary>A request, whose body is short and not chunked away from its head.</summary>
    private static async Task<string> ReadRequestAsync(Socket client)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[16 << 10];
        while (!IsComplete(text.ToString()))
        {
            int read = await client.ReceiveAsync(buffer);
            if (read == 0)
            {
                break;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    private static bool IsComplete(string request)
    {
        int head = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0)
        {
            return false;
        }

        string? length = request[..head].Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))?[16..];
        bool chunked = request.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        return chunked ? request.EndsWith("0\r\n\r\n", StringComparison.Ordinal) : request.Length - head - 4 >= int.Parse(length ?? "0", System.Globalization.CultureInfo.InvariantCulture);
    }
}
