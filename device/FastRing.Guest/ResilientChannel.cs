using System.Runtime.CompilerServices;

namespace FastRing.Guest;

/// <summary>
/// A port by its name, for an agent that outlives everything: the port may not be there yet, may go and come back, and host programs
/// come and go. Each host program on each coming of the port is a session of its own, so halves of messages are never joined.
/// </summary>
/// <remarks>
/// <code>
/// await using var channel = new ResilientChannel("org.example.agent.0");
/// await foreach (ChannelSession session in channel.SessionsAsync(stop))
/// {
///     // Read until 0, answer; SessionEndedException when the host's program left meanwhile.
/// }
/// </code>
/// One session at a time. A host program that is followed by the next faster than this process can look is not told from it, because the
/// kernel shows the state of the host's end and not its history: protocols for which that matters begin with a greeting.
/// What a host program sent and nobody read is not seen by the next session.
/// </remarks>
public sealed class ResilientChannel : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<GuestChannel>> _open;
    private readonly byte[] _first = new byte[4096];
    private GuestChannel? _channel;
    private ChannelSession? _session;
    private int _sessions;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="name">As the host gave it.</param>
    /// <param name="ports">Where to look; null: this guest.</param>
    public ResilientChannel(string name, GuestPorts? ports = null)
        : this(name, cancellation => (ports ?? GuestPorts.Here).OpenAsync(name, Timeout.InfiniteTimeSpan, cancellation))
    {
    }

    internal ResilientChannel(string name, Func<CancellationToken, Task<GuestChannel>> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        _open = open;
    }

    /// <summary>A session began, its number is <see cref="Sessions"/>. Called before <see cref="AcceptAsync"/> returns it.</summary>
    public event EventHandler? SessionBegan;

    /// <summary>The port's name.</summary>
    public string Name { get; }

    /// <summary>How many sessions there have been.</summary>
    public int Sessions => _sessions;

    /// <summary>All sessions, one after the other; each is disposed before the next one is waited for.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="PortBusyException">As <see cref="AcceptAsync"/>.</exception>
    public async IAsyncEnumerable<ChannelSession> SessionsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ChannelSession session = await AcceptAsync(cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                yield return session;
            }
        }
    }

    /// <summary>Waits until there is a port of that name and a new program at its host's end. The session before is over then.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="PortBusyException">Somebody else has the port open and keeps it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file's permissions do not let this user.</exception>
    public async Task<ChannelSession> AcceptAsync(CancellationToken cancellationToken = default)
    {
        _session?.Dispose();
        while (true)
        {
            try
            {
                _channel ??= await _open(cancellationToken).ConfigureAwait(false);
                if (_session is not null)
                {
                    await _session.LeaveAsync(cancellationToken).ConfigureAwait(false);
                    _session = null;
                }

                int count = await WaitHostAsync(_channel, cancellationToken).ConfigureAwait(false);
                return Begin(_channel, _first.AsMemory(0, count));
            }
            catch (PortRemovedException)
            {
                await CloseAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Closes the port.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    // A read tells for certain: 0, nobody is there; nothing, somebody is.
    private async Task<int> WaitHostAsync(GuestChannel channel, CancellationToken cancellationToken)
    {
        while (true)
        {
            int? count = channel.TryRead(_first);
            if (count is not 0)
            {
                return count ?? 0;
            }

            await channel.WaitReadableAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ChannelSession Begin(GuestChannel channel, ReadOnlyMemory<byte> first)
    {
        _sessions++;
        _session = new ChannelSession(channel, _sessions, first);

        // What was read may be all that is left of a program that has gone again: the poller told nobody.
        _session.LookAgain(channel.IsHostConnectedNow());
        SessionBegan?.Invoke(this, EventArgs.Empty);
        return _session;
    }

    private async Task CloseAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
            _session = null;
        }

        if (_channel is not null)
        {
            await _channel.DisposeAsync().ConfigureAwait(false);
            _channel = null;
        }
    }
}
