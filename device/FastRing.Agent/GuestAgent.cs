using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FastRing.Agent;

/// <summary>
/// A client of the QEMU guest agent. Any number of calls may be made at once; they run one after the other. Every call fails with
/// <see cref="AgentException"/> when the agent answers with an error or with something that is no answer, with <see cref="TimeoutException"/>, which says what
/// was waited for, and with <see cref="EndOfStreamException"/> when the port is gone. After a time-out or a cancellation the command may still be run by the guest;
/// its late answer is never taken for another's.
/// </summary>
/// <remarks>Protocol: QEMU, docs/interop/qemu-ga and qga/qapi-schema.json, whose words these are.</remarks>
public sealed partial class GuestAgent : IAsyncDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultQuietTime = TimeSpan.FromSeconds(3);

    private readonly bool _ownsChannel;

    /// <summary>Uses a pipe, such as a port's; it is completed with the client.</summary>
    public GuestAgent(IDuplexPipe pipe)
        : this(new AgentChannel(pipe), ownsChannel: true)
    {
    }

    /// <summary>Uses a connected stream and owns it.</summary>
    public GuestAgent(Stream stream)
        : this(new AgentChannel(stream), ownsChannel: true)
    {
    }

    /// <summary>Shares a channel with others; it stays open when this client goes.</summary>
    public GuestAgent(AgentChannel channel)
        : this(channel, ownsChannel: false)
    {
    }

    private GuestAgent(AgentChannel channel, bool ownsChannel)
    {
        Channel = channel;
        _ownsChannel = ownsChannel;
    }

    /// <summary>The way to the agent.</summary>
    public AgentChannel Channel { get; }

    /// <summary>How long each command may take, waiting for its turn included, before it fails with <see cref="TimeoutException"/>; 10 s unless set.</summary>
    public TimeSpan Timeout { get; set; } = DefaultTimeout;

    /// <summary>How long a guest may be silent after a command that is not answered when it succeeds (shutdown, suspend), before it counts as gone; 3 s unless set.</summary>
    public TimeSpan QuietTime { get; set; } = DefaultQuietTime;

    /// <summary>Connects to the host's side of the agent's port. The agent itself need not run yet.</summary>
    /// <exception cref="SocketException">Nobody listens at <paramref name="socketPath"/>.</exception>
    public static async Task<GuestAgent> ConnectAsync(string socketPath, CancellationToken cancellationToken = default) =>
        new(await AgentChannel.ConnectAsync(socketPath, cancellationToken).ConfigureAwait(false), ownsChannel: true);

    /// <summary>Synchronises with the agent (<c>guest-sync-delimited</c>). Calls do so by themselves when it is needed.</summary>
    public Task SyncAsync(CancellationToken cancellationToken = default) => Channel.SynchronizeAsync(Timeout, cancellationToken);

    /// <summary>Has the agent repeat a number (<c>guest-sync</c>).</summary>
    /// <returns>The number.</returns>
    public Task<long> SyncAsync(long id, CancellationToken cancellationToken = default) =>
        CallAsync("guest-sync", json => json.WriteNumber("id", id), AgentJson.Default.Int64, cancellationToken);

    /// <summary>Returns once the agent has answered (<c>guest-ping</c>).</summary>
    public Task PingAsync(CancellationToken cancellationToken = default) => RunAsync("guest-ping", null, cancellationToken);

    /// <summary>The agent's version and commands (<c>guest-info</c>).</summary>
    public Task<GuestAgentInfo> GetInfoAsync(CancellationToken cancellationToken = default) =>
        CallAsync("guest-info", null, AgentJson.Default.GuestAgentInfo, cancellationToken);

    /// <summary>Runs any command that is answered when it succeeds.</summary>
    /// <param name="command">Its name, such as <c>guest-info</c>.</param>
    /// <param name="arguments">Writes the members of its "arguments" object; null when it has none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its "return" value.</returns>
    public Task<JsonElement> ExecuteAsync(string command, Action<Utf8JsonWriter>? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(command);
        return CallAsync(command, arguments, AgentJson.Default.JsonElement, cancellationToken);
    }

    /// <summary>Closes what the client owns: everything but a shared channel.</summary>
    public ValueTask DisposeAsync() => _ownsChannel ? Channel.DisposeAsync() : ValueTask.CompletedTask;

    private Task<T> CallAsync<T>(string command, Action<Utf8JsonWriter>? arguments, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        Channel.CallAsync(command, json => WriteMembers(json, command, arguments), reply => reply.Read(command, type), Timeout, cancellationToken);

    private Task<GuestNothing> RunAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken) =>
        CallAsync(command, arguments, AgentJson.Default.GuestNothing, cancellationToken);

    private Task<GuestDeparture> DepartAsync(string command, Action<Utf8JsonWriter>? arguments, CancellationToken cancellationToken) =>
        Channel.DepartAsync(command, json => WriteMembers(json, command, arguments), QuietTime, Timeout, cancellationToken);

    private static void WriteMembers(Utf8JsonWriter json, string command, Action<Utf8JsonWriter>? arguments)
    {
        json.WriteString("execute"u8, command);
        if (arguments is not null)
        {
            json.WriteStartObject("arguments"u8);
            arguments(json);
            json.WriteEndObject();
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, string member, IEnumerable<string> values)
    {
        json.WriteStartArray(member);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
