using System.IO.Pipelines;
using FastRing.Agent.Broker;
using FastRing.Agent.Channel;

namespace FastRing.Agent;

/// <summary>
/// Lets programs that speak the guest agent's own protocol (socat, libvirt and the like) share a channel. Each is served as if it were alone with the agent: its
/// requests are run in its order, one at a time, and only answers to them reach it. A client that leaves loses the answer it waited for; one that sends garbage gets
/// the agent's kind of error.
/// </summary>
/// <remarks>
/// The client's "id" is kept here and put into the answer. <c>guest-sync</c> and <c>guest-sync-delimited</c> go to the agent too, so that an answer means that it lives;
/// the 0xFF before the latter's answer is written here. A 0xFF of the client's makes its unfinished request forgotten.
/// </remarks>
/// <param name="channel">The way to the agent; it stays open.</param>
public sealed class AgentBroker(AgentChannel channel)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DefaultQuietTime = TimeSpan.FromSeconds(3);

    /// <summary>The longest request that is taken, in bytes; 16 MiB unless set.</summary>
    public int MaxRequestBytes { get; init; } = 16 << 20;

    /// <summary>How long a request may take, waiting for its turn included, before its client gets an error; a minute unless set.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>As <see cref="GuestAgent.QuietTime"/>.</summary>
    public TimeSpan QuietTime { get; init; } = DefaultQuietTime;

    /// <summary>Serves one client until it has nothing more to say, or is gone. Any number may be served at once.</summary>
    /// <param name="client">Its connection; it stays open.</param>
    /// <param name="cancellationToken">Stops serving it.</param>
    /// <exception cref="EndOfStreamException">The agent's port closed.</exception>
    public async Task ServeAsync(Stream client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        PipeReader input = PipeReader.Create(client, new StreamPipeReaderOptions(leaveOpen: true));
        var requests = new RequestReader(input, MaxRequestBytes);
        try
        {
            while (await NextAsync(requests, cancellationToken).ConfigureAwait(false) is { } request)
            {
                ReadOnlyMemory<byte> answer = await AnswerAsync(request, cancellationToken).ConfigureAwait(false);
                if (!await TryWriteAsync(client, answer, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        finally
        {
            await input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask<ClientRequest?> NextAsync(RequestReader requests, CancellationToken cancellationToken)
    {
        try
        {
            return await requests.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null; // The client is gone.
        }
    }

    private static async ValueTask<bool> TryWriteAsync(Stream client, ReadOnlyMemory<byte> answer, CancellationToken cancellationToken)
    {
        try
        {
            await client.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task<ReadOnlyMemory<byte>> AnswerAsync(ClientRequest request, CancellationToken cancellationToken)
    {
        if (request.Fault is { } fault)
        {
            return ClientAnswer.OfError(fault, request.Id);
        }

        try
        {
            return request.IsAnsweredOnSuccess
                ? await channel.CallAsync(request.Command, request.WriteTo, reply => ClientAnswer.Of(reply, request), Timeout, cancellationToken).ConfigureAwait(false)
                : await DepartAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AgentException or TimeoutException)
        {
            return ClientAnswer.OfError((e as AgentException)?.Description ?? e.Message, request.Id, (e as AgentException)?.ErrorClass);
        }
    }

    private async Task<ReadOnlyMemory<byte>> DepartAsync(ClientRequest request, CancellationToken cancellationToken)
    {
        await channel.DepartAsync(request.Command, request.WriteTo, QuietTime, Timeout, cancellationToken).ConfigureAwait(false);
        return default;
    }
}
