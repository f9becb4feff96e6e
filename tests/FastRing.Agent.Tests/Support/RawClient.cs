using System.Net.Sockets;
using System.Text;

namespace FastRing.Agent.Tests.Support;

/// <summary>A program that speaks the agent's protocol by itself. Each character is a byte, ÿ is 0xFF.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly StringBuilder _unread = new();

    private RawClient(NetworkStream stream) => _stream = stream;

    /// <summary>A client and what a server gets of it.</summary>
    public static (RawClient Client, NetworkStream Accepted) Connect()
    {
        string path = Path.Combine(Path.GetTempPath(), $"fastring-raw-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        Socket accepted = listener.Accept();
        File.Delete(path);
        return (new RawClient(new NetworkStream(socket, ownsSocket: true)), new NetworkStream(accepted, ownsSocket: true));
    }

    public async Task SayAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Says it has nothing more to say.</summary>
    public void EndInput() => _stream.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Waits for a line.</summary>
    public async Task<string> LineAsync()
    {
        byte[] chunk = new byte[4096];
        while (true)
        {
            string text = _unread.ToString();
            int end = text.IndexOf('\n', StringComparison.Ordinal);
            if (end >= 0)
            {
                _unread.Remove(0, end + 1);
                return text[..end];
            }

            int count = await _stream.ReadAsync(chunk).AsTask().WaitAsync(Patience.Long);
            Assert.True(count > 0, $"the stream ended behind: {text}");
            _unread.Append(Encoding.Latin1.GetString(chunk, 0, count));
        }
    }

    /// <summary>Waits for the line that a delimited synchronisation is answered with.</summary>
    public async Task<string> SentinelLineAsync()
    {
        string line;
        do
        {
            line = await LineAsync();
        }
        while (!line.StartsWith('ÿ'));
        return line;
    }

    public async Task<string> AskAsync(string text)
    {
        await SayAsync(text);
        return await LineAsync();
    }

    public void Dispose() => _stream.Dispose();
}
