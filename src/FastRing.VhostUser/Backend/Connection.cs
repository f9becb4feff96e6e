using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.Queues;
using FastRing.VhostUser.Diagnostics;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Backend;

/// <summary>One frontend's connection: gathers its messages, has them handled, answers. Worker thread only, and never blocks.</summary>
internal sealed class Connection : IReadyHandler, IDisposable
{
    private const int MessagesPerTurn = 32;

    private readonly VhostUserBackend _backend;
    private readonly OwnedFd _socket;
    private readonly MessageGatherer _gatherer = new();
    private readonly byte[] _reply = new byte[VhostUserHeader.SizeBytes + VhostUserHeader.MaxPayloadBytes];
    private readonly Session _session;
    private readonly MessageDeadline _deadline;
    private WatchedFd? _watch;
    private bool _closed;

    public Connection(VhostUserBackend backend, OwnedFd socket)
    {
        _backend = backend;
        _socket = socket;
        _session = new Session(backend);
        _deadline = new MessageDeadline(backend.Worker, backend.MessageDeadline, () => Reject(RejectionReason.Timeout, "not complete in time"));
    }

    /// <summary>The counters of every ring that runs. Any thread.</summary>
    public IEnumerable<(int Index, VirtqueueCounters Counters)> RunningQueues() => _session.RunningQueues();

    public bool Look(int first, int count, List<RingReport> reports) => _session.Look(first, count, reports);

    public void Open()
    {
        try
        {
            _watch = _backend.Worker.Watch(_socket, EpollEvents.In, this);
            _backend.Worker.MemoryLost += EndIfLost;
            _session.Open();
        }
        catch (Exception e)
        {
            OnFault(e);
        }
    }

    public void OnReady(EpollEvents events)
    {
        for (int i = 0; i < MessagesPerTurn && !_closed; i++)
        {
            switch (_gatherer.Gather(_socket))
            {
                case GatherResult.Message:
                    _deadline.End();
                    Handle();
                    _gatherer.Next();
                    break;
                case GatherResult.Rejected:
                    Reject(_gatherer.Rejection, "not a request");
                    return;
                case GatherResult.Ended:
                    End();
                    return;
                default:
                    if (_gatherer.IsPartial)
                    {
                        _deadline.Begin();
                    }

                    return;
            }
        }
    }

    public void OnFault(Exception fault)
    {
        _backend.Counters.Reject(RejectionReason.Fault);
        _backend.Log.Faulted(fault);
        Dispose();
    }

    public void SetCoalescing(int queue, NotificationCoalescing coalescing) => _session.SetCoalescing(queue, coalescing);

    /// <summary>Ends the session and closes everything of it.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _deadline.Dispose();
        _backend.Worker.MemoryLost -= EndIfLost;
        _watch?.Dispose();
        _session.Dispose();
        _gatherer.Dispose();
        _socket.Dispose();
        _backend.ConnectionEnded();
    }

    private bool WantsAcknowledgement => _gatherer.Header.NeedsReply && (_session.ProtocolFeatures & ProtocolFeatures.ReplyAck) != 0;

    private VhostUserRequest Request => (VhostUserRequest)_gatherer.Header.Request;

    private void Handle()
    {
        _backend.Counters.Messages++;
        MessageRow? row = MessageTable.Find(Request);
        if (_gatherer.Fds.Truncated)
        {
            Reject(RejectionReason.DescriptorsLost, "more descriptors than a message may have");
        }
        else if (row is null)
        {
            Count(RejectionReason.UnknownRequest, "unknown");
            Acknowledge(success: false);
        }
        else if (!row.AllowsFds(_gatherer.Fds.Count))
        {
            Reject(RejectionReason.DescriptorCount, "number of descriptors");
        }
        else
        {
            var message = new Message(_gatherer.Payload, _gatherer.Fds, _reply.AsSpan(VhostUserHeader.SizeBytes));
            Outcome outcome = (row.Needs & ~_session.ProtocolFeatures) == 0
                ? row.Handler(_session, ref message)
                : Outcome.Refused("the protocol feature was not negotiated");
            using OwnedFd? replyFd = message.ReplyFd;
            Finish(row, outcome, message.ReplyBytes, replyFd);
        }
    }

    private void Finish(MessageRow row, Outcome outcome, int replyBytes, OwnedFd? replyFd)
    {
        switch (outcome.Kind)
        {
            case OutcomeKind.Replied:
                Send(replyBytes, replyFd);
                break;
            case OutcomeKind.Done:
                Acknowledge(success: true);
                break;
            case OutcomeKind.Refused when row.HasReply && !(row.ReplyAcknowledges && WantsAcknowledgement):
                Reject(RejectionReason.Refused, outcome.Detail);
                break;
            case OutcomeKind.Refused:
                Count(RejectionReason.Refused, outcome.Detail);
                Acknowledge(success: false);
                break;
            default:
                Reject(RejectionReason.Payload, outcome.Detail);
                break;
        }
    }

    /// <summary>Answers <c>need_reply</c>: 0 for success (vhost-user, "VHOST_USER_PROTOCOL_F_REPLY_ACK").</summary>
    private void Acknowledge(bool success)
    {
        if (WantsAcknowledgement)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_reply.AsSpan(VhostUserHeader.SizeBytes), success ? 0UL : 1);
            Send(sizeof(ulong));
        }
    }

    private void Send(int payloadBytes, OwnedFd? fd = null)
    {
        new VhostUserHeader((uint)Request, VhostUserHeader.Version | VhostUserHeader.ReplyFlag, (uint)payloadBytes).Write(_reply);
        int bytes = VhostUserHeader.SizeBytes + payloadBytes;
        nint sent = ScmRights.Send(_socket, _reply.AsSpan(0, bytes), fd is null ? [] : [fd], waits: false);
        if (sent == -Errno.EPIPE || sent == -Errno.ECONNRESET)
        {
            Dispose();
        }
        else if (sent != bytes)
        {
            Reject(RejectionReason.ReplyNotRead, "the socket is full of replies");
        }
    }

    /// <summary>Whoever shares the memory's file made it smaller. What the rings see now is nobody's, and the device must not act on it.</summary>
    private void EndIfLost()
    {
        if (!_closed && (_session.Memory.Current is { IsLost: true } || _session.MemoryLog.IsLost || _session.Inflight is { IsLost: true }))
        {
            _backend.Counters.LostMemories++;
            _backend.Log.MemoryLost();
            Dispose();
        }
    }

    /// <summary>The frontend closed its end.</summary>
    private void End()
    {
        if (_gatherer.IsPartial)
        {
            Count(RejectionReason.CutOff, "the frontend left in the middle of it");
        }

        Dispose();
    }

    private void Reject(RejectionReason reason, string detail)
    {
        Count(reason, detail);
        Dispose();
    }

    private void Count(RejectionReason reason, string detail)
    {
        _backend.Counters.Reject(reason);
        _backend.Log.Rejected(Request, reason, detail);
    }
}
