using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Relay;

/// <summary>
/// The backend a relay speaks to. A request asks for an acknowledgement unless nobody wants to know, so to each comes one reply, in order, and what was accepted is known. Several may be under way.
/// </summary>
/// <param name="worker">The relay's worker.</param>
/// <param name="socket">A connection to the backend; becomes this one's.</param>
/// <param name="lost">Told once when the connection is at its end; null: it was closed, else what the backend did wrong.</param>
internal sealed class RelayBackend(Worker worker, OwnedFd socket, Action<string?> lost) : IReadyHandler, IDisposable
{
    private const int Window = 32;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly MessageGatherer _gatherer = new(WhyNoReply);
    private readonly Queue<(RelayedMessage Message, Action<RelayedMessage>? Answered)> _unsent = new();
    private readonly Queue<(VhostUserRequest Request, Action<RelayedMessage> Answered)> _awaited = new();
    private WatchedFd? _watch;
    private bool _isOver;

    /// <summary>Everything said was answered.</summary>
    public bool IsIdle => _unsent.Count == 0 && _awaited.Count == 0;

    public void Open()
    {
        socket.SetNonBlocking();
        _watch = worker.Watch(socket, EpollEvents.In, this);
    }

    /// <summary>
    /// Says something; <paramref name="answered"/> is called with the reply, unless the backend is lost before. The message stays the caller's, and must not go before that. Null: no reply is
    /// asked for; one of the next few messages has to ask, lest the socket fills up unnoticed.
    /// </summary>
    public void Say(RelayedMessage message, Action<RelayedMessage>? answered)
    {
        _unsent.Enqueue((message, answered));
        Flush();
    }

    public void OnReady(EpollEvents events)
    {
        while (!_isOver)
        {
            switch (_gatherer.Gather(socket))
            {
                case GatherResult.Message when !_gatherer.Fds.Truncated && _awaited.TryPeek(out var awaited) && _gatherer.Header.IsReplyTo(awaited.Request):
                    _awaited.Dequeue();
                    using (RelayedMessage reply = RelayedMessage.Take(_gatherer))
                    {
                        _gatherer.Next();
                        awaited.Answered(reply);
                    }

                    Flush();
                    break;
                case GatherResult.Pending:
                    return;
                case GatherResult.Ended:
                    Lose(null);
                    break;
                default:
                    Lose("the backend sent something that is no answer");
                    break;
            }
        }
    }

    public void OnFault(Exception fault) => Lose(fault.Message);

    public void Dispose()
    {
        _isOver = true;
        _watch?.Dispose();
        _gatherer.Dispose();
        socket.Dispose();
    }

    private static RejectionReason? WhyNoReply(VhostUserHeader header) => header.PayloadBytes <= VhostUserHeader.MaxPayloadBytes ? null : RejectionReason.PayloadSize;

    private void Flush()
    {
        while (!_isOver && _awaited.Count < Window && _unsent.TryPeek(out var next))
        {
            if (!next.Message.TrySend(socket, asksReply: next.Answered is not null, out int errno))
            {
                // A full socket empties as answers come, and with it the kernel's list of descriptors on their way; without any it is no socket that a backend reads,
                // but that list is the user's, and others may have filled it.
                if (errno is not (Errno.EAGAIN or Errno.ETOOMANYREFS) || (errno == Errno.EAGAIN && _awaited.Count == 0))
                {
                    Lose(null);
                }
                else if (_awaited.Count == 0)
                {
                    worker.RunAfter(s_pause, Flush);
                }

                return;
            }

            _unsent.Dequeue();
            if (next.Answered is not null)
            {
                _awaited.Enqueue((next.Message.Request, next.Answered));
            }
        }
    }

    private void Lose(string? why)
    {
        if (!_isOver)
        {
            Dispose();
            lost(why);
        }
    }
}
