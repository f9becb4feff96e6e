using System.Buffers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace FastRing.Host.Guests;

/// <summary>
/// A client of the QEMU guest agent behind a port's socket. The stream may hold answers to somebody else's commands, so each
/// connection, and each command after one that was given up, begins with <c>guest-sync-delimited</c>. One command at a time.
/// </summary>
/// <remarks>Protocol: QEMU docs/interop/qemu-ga and qga/qapi-schema.json.</remarks>
internal sealed class AgentClient : IDisposable
{
    private const byte Sentinel = 0xff;

    // The year 5138: the guest may answer with any number.
    private const double MaxLoginSeconds = 1e11;

    // How long an agent may take for guest-sync before it is asked again: one that started just now has lost what came before.
    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(1);

    // After a guest-shutdown that worked no answer comes.
    private static readonly TimeSpan ShutdownPatience = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly AgentLineReader _lines;
    private bool _synchronized;

    private AgentClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _lines = new AgentLineReader(_stream);
    }

    /// <summary>How long each call may take before it fails with <see cref="TimeoutException"/>; 10 s unless set.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects to the host side of the agent's port. The agent itself need not run yet.</summary>
    /// <exception cref="SocketException">Nobody listens at <paramref name="socketPath"/>.</exception>
    public static async Task<AgentClient> ConnectAsync(string socketPath, CancellationToken cancellationToken = default)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
            return new AgentClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Returns once the agent has answered.</summary>
    /// <exception cref="TimeoutException">No answer within <see cref="Timeout"/>; the same for every other call.</exception>
    /// <exception cref="AgentException">The agent answered with an error; the same for every other call.</exception>
    public Task PingAsync(CancellationToken cancellationToken = default) => ExecuteAsync("guest-ping", null, cancellationToken);

    /// <summary>Asks what system the guest runs.</summary>
    public async Task<AgentOsInfo> OsInfoAsync(CancellationToken cancellationToken = default)
    {
        JsonElement info = await ExecuteAsync("guest-get-osinfo", null, cancellationToken).ConfigureAwait(false);
        return new AgentOsInfo(
            Text(info, "id"), Text(info, "pretty-name"), Text(info, "version-id"), Text(info, "kernel-release"), Text(info, "machine"));
    }

    /// <summary>Asks who is logged in: each account once, with its earliest login.</summary>
    public async Task<IReadOnlyList<AgentUser>> GetUsersAsync(CancellationToken cancellationToken = default)
    {
        JsonElement users = await ExecuteAsync("guest-get-users", null, cancellationToken).ConfigureAwait(false);
        if (users.ValueKind != JsonValueKind.Array)
        {
            throw new AgentException("the guest agent's guest-get-users answered with something else than a list");
        }

        return [.. users.EnumerateArray().Select(ToUser)];
    }

    /// <summary>Shuts the guest down. No answer is the normal answer; the guest's end has to be seen elsewhere.</summary>
    public async Task ShutdownAsync(AgentShutdownMode mode, CancellationToken cancellationToken = default)
    {
        string name = mode switch
        {
            AgentShutdownMode.Halt => "halt",
            AgentShutdownMode.Reboot => "reboot",
            _ => "powerdown",
        };
        await WithinAsync(Timeout, SynchronizeAsync, cancellationToken).ConfigureAwait(false);
        _synchronized = false;
        await SendAsync("guest-shutdown", json => json.WriteString("mode", name), sentinel: false, cancellationToken).ConfigureAwait(false);
        try
        {
            await WithinAsync(ShutdownPatience, token => ReadAnswerAsync("guest-shutdown", token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            // What success looks like: silence, or the connection's end.
        }
    }

    /// <summary>Runs any command.</summary>
    /// <param name="command">Its name, such as <c>guest-info</c>.</param>
    /// <param name="arguments">Writes the members of its "arguments" object; null when it has none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its "return" value.</returns>
    public async Task<JsonElement> ExecuteAsync(
        string command, Action<Utf8JsonWriter>? arguments = null, CancellationToken cancellationToken = default)
    {
        JsonElement result = default;
        await WithinAsync(Timeout, async token =>
        {
            await SynchronizeAsync(token).ConfigureAwait(false);
            _synchronized = false;
            await SendAsync(command, arguments, sentinel: false, token).ConfigureAwait(false);
            result = await ReadAnswerAsync(command, token).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task SynchronizeAsync(CancellationToken cancellationToken)
    {
        while (!_synchronized)
        {
            int id = RandomNumberGenerator.GetInt32(int.MaxValue);
            await SendAsync("guest-sync-delimited", json => json.WriteNumber("id", id), sentinel: true, cancellationToken)
                .ConfigureAwait(false);
            try
            {
                await WithinAsync(SyncPatience, token => SkipToAsync(id, token), cancellationToken).ConfigureAwait(false);
                _synchronized = true;
            }
            catch (TimeoutException)
            {
                // Ask again; a late answer has another id and is skipped.
            }
        }
    }

    // Skips every line but the sentinel followed by {"return": id}.
    private async Task SkipToAsync(int id, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadOnlyMemory<byte> line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
            int sentinel = line.Span.LastIndexOf(Sentinel);
            if (sentinel >= 0 && TryParse(line[(sentinel + 1)..], out JsonElement answer)
                && answer.TryGetProperty("return", out JsonElement value) && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt64(out long number) && number == id)
            {
                return;
            }
        }
    }

    private async Task<JsonElement> ReadAnswerAsync(string command, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (!TryParse(line, out JsonElement answer))
        {
            throw new AgentException($"the guest agent's answer to {command} is no JSON object");
        }

        _synchronized = true;
        if (answer.TryGetProperty("return", out JsonElement value))
        {
            return value;
        }

        string reason = answer.TryGetProperty("error", out JsonElement error) ? Text(error, "desc") ?? "no reason" : "no return, no error";
        throw new AgentException($"the guest agent refused {command}: {reason}");
    }

    private async Task<ReadOnlyMemory<byte>> ReadLineAsync(CancellationToken cancellationToken) =>
        await _lines.ReadAsync(cancellationToken).ConfigureAwait(false)
        ?? throw new EndOfStreamException("the host side of the guest agent's port closed the connection");

    private async Task SendAsync(string command, Action<Utf8JsonWriter>? arguments, bool sentinel, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> request = new();
        if (sentinel)
        {
            // Makes the agent forget half a command that somebody else may have left behind.
            request.Write([Sentinel]);
        }

        using (Utf8JsonWriter json = new(request))
        {
            json.WriteStartObject();
            json.WriteString("execute", command);
            if (arguments is not null)
            {
                json.WriteStartObject("arguments");
                arguments(json);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        request.Write("\n"u8);
        await _stream.WriteAsync(request.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WithinAsync(TimeSpan time, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using CancellationTokenSource expiry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        expiry.CancelAfter(time);
        try
        {
            await work(expiry.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the guest agent did not answer within {time.TotalSeconds:0.#} s");
        }
    }

    private static bool TryParse(ReadOnlyMemory<byte> line, out JsonElement answer)
    {
        answer = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            answer = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return false;
        }

        return answer.ValueKind == JsonValueKind.Object;
    }

    private static AgentUser ToUser(JsonElement user)
    {
        double loginSeconds = user.ValueKind == JsonValueKind.Object && user.TryGetProperty("login-time", out JsonElement time)
            && time.ValueKind == JsonValueKind.Number && time.TryGetDouble(out double seconds) ? seconds : 0;
        TimeSpan sinceEpoch = TimeSpan.FromSeconds(Math.Clamp(loginSeconds, 0, MaxLoginSeconds));
        return new AgentUser(Text(user, "user") ?? "", DateTimeOffset.UnixEpoch + sinceEpoch, Text(user, "domain"));
    }

    private static string? Text(JsonElement from, string member) =>
        from.ValueKind == JsonValueKind.Object
        && from.TryGetProperty(member, out JsonElement value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
