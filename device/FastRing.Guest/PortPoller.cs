using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using FastRing.Interop;

namespace FastRing.Guest;

/// <summary>One thread that tells all open ports of the process when something about them changed.</summary>
/// <remarks>Edge-triggered: a port nobody is connected to is readable (end of file) and hung up for as long as that lasts.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process.")]
internal sealed class PortPoller
{
    private static readonly Lazy<PortPoller> LazyShared = new();

    private readonly Epoll _epoll = new();
    private readonly ConcurrentDictionary<ulong, GuestChannel> _channels = new();
    private ulong _tokens;

    /// <summary>Starts the thread.</summary>
    public PortPoller()
    {
        new Thread(Run) { IsBackground = true, Name = "fastring-guest" }.Start();
    }

    public static PortPoller Shared => LazyShared.Value;

    /// <summary>From now on <see cref="GuestChannel.LookAgain"/> is called when something may have changed, first at once.</summary>
    /// <returns>For <see cref="Remove"/>.</returns>
    public ulong Add(OwnedFd fd, GuestChannel channel)
    {
        ulong token = Interlocked.Increment(ref _tokens);
        _channels[token] = channel;
        try
        {
            _epoll.Add(fd, EpollEvents.In | EpollEvents.Out | EpollEvents.EdgeTriggered, token);
        }
        catch
        {
            _channels.TryRemove(token, out _);
            throw;
        }

        return token;
    }

    public void Remove(OwnedFd fd, ulong token)
    {
        if (_channels.TryRemove(token, out _))
        {
            _epoll.Remove(fd);
        }
    }

    private void Run()
    {
        var ready = new EpollReady[32];
        while (true)
        {
            int count = _epoll.Wait(ready, -1);
            for (int i = 0; i < count; i++)
            {
                if (_channels.TryGetValue(ready[i].Token, out GuestChannel? channel))
                {
                    channel.LookAgain();
                }
            }
        }
    }
}
