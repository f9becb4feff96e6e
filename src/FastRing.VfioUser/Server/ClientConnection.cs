using FastRing.Interop;
using FastRing.VfioUser.Protocol;
using FastRing.VhostUser.Backend;
using FastRing.Workers;

namespace FastRing.VfioUser.Server;

/// <summary>One client's connection: gathers its commands, has them handled, answers. Worker thread only, and never blocks.</summary>
internal sealed class ClientConnection : IReadyHandler, IDisposable
{
    private const int MessagesPerTurn = 32;

    private readonly VfioUserServer _server;
    private readonly OwnedFd _socket;
    private readonly CommandGatherer _gatherer = new();
    private readonly byte[] _reply = new byte[VfioUserHeader.Bytes + VfioUserHeader.MaxPayloadBytes];
    private readonly MessageDeadline _deadline;
    private ClientSession? _session;
    private WatchedFd? _watch;
    private bool _closed;

    public ClientConnection(VfioUserServer server, OwnedFd socket)
    {
        _server = server;
        _socket = socket;
        _deadline = new MessageDeadline(server.Worker, server.MessageDeadline, () => Reject(RejectionReason.Timeout, "not complete in time"));
    }

    public ClientSession? Session => _session;

    public void Open()
    {
        try
        {
            _session = new ClientSession(_server);
            _watch = _server.Worker.Watch(_socket, EpollEvents.In, this);
            _server.Worker.MemoryLost += EndIfLost;
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
                    if (_session!.StopsQueues)
                    {
                        _session.StopsQueues = false;
                        return; // The socket is still ready, if there is more: others have their turns first.
                    }

                    break;
                case GatherResult.Rejected:
                    Reject(_gatherer.Rejection, "not a command");
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
        _server.Fault(fault);
        Dispose();
    }

    /// <summary>Ends the session and closes everything of it.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _deadline.Dispose();
        _server.Worker.MemoryLost -= EndIfLost;
        _watch?.Dispose();
        _session?.Dispose();
        _gatherer.Dispose();
        _socket.Dispose();
        _server.ConnectionEnded();
    }

    private VfioUserCommand Command => _gatherer.Header.Command;

    private void Handle()
    {
        _server.Counters.Messages++;
        if (_gatherer.Fds.Truncated)
        {
            Reject(RejectionReason.DescriptorsLost, "more descriptors than a message may have");
        }
        else if (CommandTable.Find(Command) is not { } row)
        {
            Refuse(RejectionReason.UnknownRequest, Errno.EOPNOTSUPP, "unknown");
        }
        else if (!row.AllowsPayload(_gatherer.Payload.Length))
        {
            Refuse(RejectionReason.PayloadSize, Errno.EINVAL, "size of the payload");
        }
        else if (_gatherer.Fds.Count > row.MaxFds)
        {
            Refuse(RejectionReason.DescriptorCount, Errno.EINVAL, "number of descriptors");
        }
        else if (!_session!.HasVersion && Command != VfioUserCommand.Version)
        {
            Refuse(RejectionReason.Refused, Errno.EPROTO, "comes before the version");
        }
        else
        {
            Handle(row);
        }
    }

    private void Handle(CommandRow row)
    {
        var command = new Command(_gatherer.Payload, _gatherer.Fds, _reply.AsSpan(VfioUserHeader.Bytes));
        int error = row.Handler(_session!, ref command);
        if (error == 0)
        {
            Answer(command.ReplyBytes, error: 0);
        }
        else
        {
            Refuse(RejectionReason.Refused, error, $"errno {error}");
        }
    }

    private void Refuse(RejectionReason reason, int error, string detail)
    {
        Count(reason, detail);
        Answer(payloadBytes: 0, error);
    }

    private void Answer(int payloadBytes, int error)
    {
        if (_gatherer.Header.WantsNoReply)
        {
            return;
        }

        _gatherer.Header.ReplyOf(payloadBytes, error).Write(_reply);
        int bytes = VfioUserHeader.Bytes + payloadBytes;
        nint sent = ScmRights.Send(_socket, _reply.AsSpan(0, bytes), [], waits: false);
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
        if (!_closed && _session is { IsMemoryLost: true })
        {
            _server.Counters.LostMemories++;
            _server.Log.MemoryLost();
            Dispose();
        }
    }

    private void End()
    {
        if (_gatherer.IsPartial)
        {
            Count(RejectionReason.CutOff, "the client left in the middle of it");
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
        _server.Counters.Reject(reason);
        _server.Log.Rejected(Command, reason, detail);
    }
}
