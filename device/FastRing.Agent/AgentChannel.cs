using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using FastRing.Agent.Channel;

namespace FastRing.Agent;

/// <summary>
/// The one way to a guest's agent, shared by any number of callers: their requests run one after the other in the order they came, each answer goes to whoever
/// asked, and a caller who gives up disturbs nobody. <see cref="GuestAgent"/> is such a caller, <see cref="AgentBroker"/> lets other programs be some.
/// </summary>
/// <remarks>
/// Protocol: QEMU, docs/interop/qemu-ga and qga/qapi-schema.json. Each request has an "id", which agents since QEMU 4.0 repeat in the answer. The first request,
/// and the one after a request that failed or was given up, is preceded by guest-sync-delimited, and everything before its answer is thrown away. An
/// agent that does not repeat the id is synchronised with before each request.
/// </remarks>
public sealed class AgentChannel : IAsyncDisposable
{
    // Between two looks whether a listener's queue has room.
    private static readonly TimeSpan QueueTime = TimeSpan.FromMilliseconds(10);

    private readonly AgentLink _link;
    private readonly RequestWriter _request = new();
    private readonly TurnQueue _turns = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly AgentSynchronizer _synchronizer;
    private readonly IAsyncDisposable? _owned;
    private readonly long _firstId = (long)RandomNumberGenerator.GetInt32(int.MaxValue) << 20; // Below 2^53: some agents keep numbers as doubles.
    private long _lastId;

    /// <summary>Uses a pipe, such as a port's; it is completed with the channel.</summary>
    public AgentChannel(IDuplexPipe pipe)
        : this(pipe, null)
    {
    }

    /// <summary>Uses a connected stream and owns it.</summary>
    public AgentChannel(Stream stream)
        : this(new StreamPipe(stream is NetworkStream { Socket: var socket } ? new PromptStream(socket, isBlocking: false) : stream), stream)
    {
    }

    private AgentChannel(IDuplexPipe pipe, IAsyncDisposable? owned)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        _owned = owned;
        _link = new AgentLink(pipe);
        _synchronizer = new AgentSynchronizer(_link, _request);
        _lastId = _firstId;
    }

    /// <summary>
    /// The longest answer that is read, in bytes; 48 MiB unless set, which is what guest-exec-status may need. The agent's own limit for guest-file-read asks for
    /// 64 MiB.
    /// </summary>
    public int MaxReplyBytes { get; init; } = 48 << 20;

    /// <summary>Callers that wait for their turn now.</summary>
    public int WaitingCallers => _turns.Waiting;

    /// <summary>Connects to a unix socket, and waits while its owner has too many to accept. The agent itself need not run yet.</summary>
    /// <exception cref="SocketException">Nobody listens at <paramref name="socketPath"/>.</exception>
    public static async Task<AgentChannel> ConnectAsync(string socketPath, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var address = new UnixDomainSocketEndPoint(socketPath);
        while (true)
        {
            // The time limit is connect(2)'s too. To await it instead would make the socket non-blocking, and fail where the listener's queue is full.
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { SendTimeout = 1 };
            try
            {
                socket.Connect(address);
                return new AgentChannel(new StreamPipe(new PromptStream(socket, isBlocking: true)), new NetworkStream(socket, ownsSocket: true));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.TimedOut)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            await Task.Delay(QueueTime, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the channel; whoever is in it or waits for it gets <see cref="ObjectDisposedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _turns.CloseAsync().ConfigureAwait(false);
        if (_owned is not null)
        {
            await _owned.DisposeAsync().ConfigureAwait(false); // First: it ends a write that nobody takes.
        }

        await _link.CloseAsync().ConfigureAwait(false);
        _request.Dispose();
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <param name="command">Its name, for errors.</param>
    /// <param name="members">Writes the request's members but for "id".</param>
    /// <param name="read">Makes the result of the answer, which is gone when it returns.</param>
    /// <param name="timeout">For all of it, waiting for a turn included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<T> CallAsync<T>(
        string command, Action<Utf8JsonWriter> members, Func<AgentReply, T> read, TimeSpan timeout, CancellationToken cancellationToken) =>
        InTurnAsync(command, timeout, deadline => ExchangeAsync(command, members, read, deadline), cancellationToken);

    /// <summary>Sends a request that is not answered when it succeeds.</summary>
    /// <param name="command">Its name, for errors.</param>
    /// <param name="members">Writes the request's members but for "id".</param>
    /// <param name="quietTime">How long the guest may be silent before it counts as gone.</param>
    /// <param name="timeout">Until it is sent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<GuestDeparture> DepartAsync(
        string command, Action<Utf8JsonWriter> members, TimeSpan quietTime, TimeSpan timeout, CancellationToken cancellationToken) =>
        InTurnAsync(
            command,
            timeout == Timeout.InfiniteTimeSpan ? timeout : timeout + quietTime,
            deadline => DepartInTurnAsync(command, members, quietTime, deadline),
            cancellationToken);

    /// <summary>Synchronises with the agent now, whether that seems needed or not.</summary>
    internal Task SynchronizeAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        InTurnAsync(
            "guest-sync-delimited",
            timeout,
            async deadline =>
            {
                _synchronizer.Doubt();
                await _synchronizer.RunAsync(deadline).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    private async Task<T> InTurnAsync<T>(string command, TimeSpan timeout, Func<CallDeadline, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CallDeadline(command, timeout, cancellationToken, _closing.Token);
        try
        {
            deadline.ThrowIfOver();
            await _turns.EnterAsync(deadline).ConfigureAwait(false);
            try
            {
                return await work(deadline).ConfigureAwait(false);
            }
            finally
            {
                _link.Release();
                _turns.Leave();
            }
        }
        catch (OperationCanceledException e) when (deadline.Token.IsCancellationRequested)
        {
            throw deadline.Reason(e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new EndOfStreamException($"{command}: the guest agent's port closed the connection", e);
        }
    }

    private async ValueTask<T> ExchangeAsync<T>(string command, Action<Utf8JsonWriter> members, Func<AgentReply, T> read, CallDeadline deadline)
    {
        await _synchronizer.RunAsync(deadline).ConfigureAwait(false);
        long id = ++_lastId;
        _request.Begin();
        _request.Add(members, id);
        _synchronizer.Doubt();
        deadline.Waiting = CallWait.Room;
        await _link.WriteAsync(_request.Bytes, deadline).ConfigureAwait(false);
        deadline.Waiting = CallWait.Answer;
        AgentReply reply = await ReceiveAsync(command, id, deadline).ConfigureAwait(false);
        _synchronizer.Trust();
        return read(reply);
    }

    private async ValueTask<AgentReply> ReceiveAsync(string command, long id, CallDeadline deadline)
    {
        while (true)
        {
            AgentReply reply = await ReadReplyAsync(command, deadline).ConfigureAwait(false);
            if (reply.Id == id || (!reply.HasId && !_synchronizer.AgentRepeatsIds))
            {
                return reply;
            }

            if (!IsStale(reply))
            {
                throw Broken(command, reply.HasId ? "answered a request that was never sent" : "came without the request's id");
            }
        }
    }

    /// <summary>The answer to an earlier request of this channel's: too late.</summary>
    private bool IsStale(AgentReply reply) => reply.Id > _firstId && reply.Id < _lastId;

    private async ValueTask<AgentReply> ReadReplyAsync(string command, CallDeadline deadline)
    {
        try
        {
            ReadOnlySequence<byte> line = await _link.ReadLineAsync(MaxReplyBytes, deadline).ConfigureAwait(false);
            return AgentReply.TryParse(line, out AgentReply reply)
                ? reply
                : throw Broken(command, $"is no JSON object with one of return and error: {Excerpt.Of(line)}");
        }
        catch (InvalidDataException e)
        {
            throw Broken(command, $"is {e.Message}");
        }
    }

    private async ValueTask<GuestDeparture> DepartInTurnAsync(
        string command, Action<Utf8JsonWriter> members, TimeSpan quietTime, CallDeadline deadline)
    {
        await _synchronizer.RunAsync(deadline).ConfigureAwait(false);
        long id = ++_lastId;
        _request.Begin();
        _request.Add(members, id);
        long mark = _request.AddSync(sentinel: false, withId: false); // The agent gets to it when it is done with the command.
        _synchronizer.Doubt();
        deadline.Waiting = CallWait.Room;
        await _link.WriteAsync(_request.Bytes, deadline).ConfigureAwait(false);
        using CallDeadline quiet = deadline.Within(quietTime);
        try
        {
            return await WatchDepartureAsync(command, id, mark, quiet).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!deadline.Token.IsCancellationRequested)
        {
            return GuestDeparture.Silent;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return GuestDeparture.Closed;
        }
    }

    private async ValueTask<GuestDeparture> WatchDepartureAsync(string command, long id, long mark, CallDeadline deadline)
    {
        while (true)
        {
            ReadOnlySequence<byte> line = await _link.ReadLineAsync(MaxReplyBytes, deadline).ConfigureAwait(false);
            if (!AgentReply.TryParse(AgentLink.BehindSentinel(line), out AgentReply reply))
            {
                continue;
            }

            if (reply.Synchronizes(mark) || (reply.Id == id && reply.Return is not null))
            {
                return GuestDeparture.Accepted;
            }

            if (reply.Error is not null && (reply.Id == id || (!reply.HasId && !_synchronizer.AgentRepeatsIds)))
            {
                reply.Read(command, AgentJson.Default.GuestNothing); // Throws it.
            }
        }
    }

    private static AgentException Broken(string command, string what) =>
        new($"the guest agent's answer to {command} {what}") { Command = command };
}
