using System.Threading.Channels;
using FastRing.Host.Client;
using FastRing.Host.Management.Contract;
using FastRing.Interop;

namespace FastRing.Host.Attaching;

/// <summary>Tells a guest's console how large our window is, and each time it changes. Of many changes at once it tells the last.</summary>
internal sealed class WindowSizes(ApiClient api, PortState console)
{
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The window may have another size now. From any thread.</summary>
    public void Changed() => _changes.Writer.TryWrite(true);

    /// <summary>Tells the size there is now.</summary>
    /// <exception cref="ApiException">The daemon did not take it.</exception>
    public async Task TellAsync(CancellationToken cancellation)
    {
        if (Terminal.Size(RawTerminal.Input) is var (columns, rows))
        {
            await api.SendAsync(HttpMethod.Put, $"{ApiRoutes.Port(console)}/size", new TerminalSize(columns, rows), ClientJson.Default.TerminalSize, cancellation);
        }
    }

    /// <summary>Tells every change until cancelled. What the daemon refuses now it has refused, or granted, at first: the user was told.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        await foreach (bool _ in _changes.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                await TellAsync(cancellation);
            }
            catch (ApiException)
            {
                // The session goes on: a console of a wrong size is better than none.
            }
        }
    }
}
