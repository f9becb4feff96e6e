using System.Net.Sockets;

namespace FastRing.Agent.Tests;

/// <summary>Connecting to a socket whose owner is slow to accept.</summary>
public sealed class AgentConnectTests
{
    [Fact]
    public async Task A_listener_whose_queue_is_full_is_waited_for()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var address = new UnixDomainSocketEndPoint(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(1);
        var others = new List<Socket>();
        try
        {
            do
            {
                others.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = 1 });
            }
            while (TryConnect(others[^1], address));

            Task<AgentChannel> connecting = AgentChannel.ConnectAsync(path);
            await Task.Delay(50);
            Assert.False(connecting.IsCompleted, connecting.Exception?.ToString());
            others.Add(await listener.AcceptAsync());
            await (await connecting.WaitAsync(TimeSpan.FromSeconds(20))).DisposeAsync();
        }
        finally
        {
            others.ForEach(o => o.Dispose());
            File.Delete(path);
        }
    }

    private static bool TryConnect(Socket socket, UnixDomainSocketEndPoint address)
    {
        try
        {
            socket.Connect(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
