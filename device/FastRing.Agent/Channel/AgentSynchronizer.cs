using System.Buffers;

namespace FastRing.Agent.Channel;

/// <summary>Whether the next line of the agent's can be an answer to what is sent next, and if not, makes it so (guest-sync-delimited).</summary>
internal sealed class AgentSynchronizer(AgentLink link, RequestWriter request)
{
    // Agents before QEMU 1.6 took no "id": they are asked without every so often.
    private const int AttemptsWithId = 2;

    // Then the agent is asked again: one that started just now has lost what came before.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private bool _isTrusted;

    /// <summary>Whether answers say which request they are for.</summary>
    public bool AgentRepeatsIds { get; private set; }

    /// <summary>From now on there may be lines under way that answer nothing.</summary>
    public void Doubt() => _isTrusted = false;

    /// <summary>The answer to the last request came.</summary>
    public void Trust() => _isTrusted = AgentRepeatsIds;

    /// <summary>Returns when whatever comes next comes from after this call.</summary>
    public async ValueTask RunAsync(CallDeadline deadline)
    {
        deadline.Waiting = CallWait.Room;
        await link.FinishWriteAsync(deadline).ConfigureAwait(false);
        for (int attempt = 0; !_isTrusted; attempt++)
        {
            request.Begin();
            long id = request.AddSync(sentinel: true, withId: attempt % (AttemptsWithId + 1) < AttemptsWithId);
            deadline.Waiting = CallWait.Room;
            await link.WriteAsync(request.Bytes, deadline).ConfigureAwait(false);
            deadline.Waiting = CallWait.Synchronization;
            _isTrusted = await TryFindAsync(id, deadline).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> TryFindAsync(long id, CallDeadline deadline)
    {
        using CallDeadline expiry = deadline.Within(Patience);
        try
        {
            while (true)
            {
                ReadOnlySequence<byte> line = await link.ReadSentinelLineAsync(expiry).ConfigureAwait(false);
                if (AgentReply.TryParse(line, out AgentReply reply) && reply.Synchronizes(id))
                {
                    AgentRepeatsIds = reply.Id == id;
                    return true;
                }
            }
        }
        catch (OperationCanceledException) when (!deadline.Token.IsCancellationRequested)
        {
            return false; // A late answer has another id than the next one, and is skipped.
        }
    }
}
