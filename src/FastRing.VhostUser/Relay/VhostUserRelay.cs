using System.Buffers.Binary;
using FastRing.Interop;
using FastRing.VhostUser.Backend;
using FastRing.VhostUser.Protocol;
using FastRing.Workers;

namespace FastRing.VhostUser.Relay;

/// <summary>
/// Stands between a frontend and a backend, so that the backend can be replaced by another and the frontend does not notice: it passes messages on with their descriptors, remembers what
/// was accepted, and says it again to the next backend, which goes on with the rings from an area that the relay has kept for it ("Inflight I/O tracking"). Notifications and guest memory
/// go by it: both sides have them from the descriptors that were passed on. Worker thread only, and never blocks.
/// </summary>
/// <remarks>
/// One message is under way at a time. One that the last backend has not answered is said again to the next: the frontend gets one reply to each. What neither backend nor relay understands
/// is the backend's to refuse; but the frontend's descriptors that get lost, and its messages that never become whole, end the relay.
/// </remarks>
public sealed class VhostUserRelay : IReadyHandler, IDisposable
{
    private const int MessagesPerTurn = 32;
    private const int InflightBytes = 20; // mmap size and offset, number and size of queues
    private const uint UsualRing = 1024;
    private const uint LargestRing = 32768; // virtio 1.2, 2.7
    private const ProtocolFeatures Wanted = ProtocolFeatures.ReplyAck | ProtocolFeatures.InflightSharedMemory;

    private readonly Worker _worker;
    private readonly OwnedFd _frontend;
    private readonly MessageGatherer _gatherer = new();
    private readonly MessageDeadline _deadline;
    private readonly FrontendRecord _record = new();
    private RelayBackend? _backend;
    private ProtocolFeatures _added; // What the relay chooses, besides the frontend.
    private RelayedMessage? _pending;
    private WatchedFd? _watch;
    private bool _isOver;

    /// <summary>Stands before a frontend. Nothing is read until <see cref="Attach"/>.</summary>
    /// <param name="worker">Runs it.</param>
    /// <param name="frontend">A connection of a frontend; becomes the relay's.</param>
    /// <param name="messageDeadline">How long a message may take from its first byte to its last.</param>
    public VhostUserRelay(Worker worker, OwnedFd frontend, TimeSpan messageDeadline)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(frontend);
        _worker = worker;
        _frontend = frontend;
        _deadline = new MessageDeadline(worker, messageDeadline, () => End("a message was not complete in time"));
        frontend.SetNonBlocking();
        WatchFrontend();
    }

    /// <summary>The frontend is gone, or the relay can't go on, and why; raised once, when everything is closed.</summary>
    public event Action<string?>? Ended;

    /// <summary>The backend closed its connection: the next can be attached, or the frontend be let go by <see cref="Dispose"/>.</summary>
    public event Action? BackendLost;

    /// <summary>The frontend's messages reach a backend that knows all that was said before. Raised for each backend.</summary>
    public event Action? Resumed;

    /// <summary>Something of a ring was refused by a backend that was told again.</summary>
    public event Action<string>? Refused;

    /// <summary>Another backend can go on: it is the first, or no ring has run yet and no state was loaded, or there is an area that says how far it came.</summary>
    public bool CanResume => _record.CanResume && (_record.HasArea || _pending?.Request != VhostUserRequest.SetVringKick);

    /// <summary>Gives the frontend a backend, which is told everything that was said so far.</summary>
    /// <param name="backend">A fresh connection to it; becomes the relay's.</param>
    public void Attach(OwnedFd backend)
    {
        _backend?.Dispose();
        _watch?.Dispose();
        _watch = null;
        var attached = new RelayBackend(_worker, backend, LoseBackend);
        _backend = attached;
        attached.Open();
        using RelayedMessage question = RelayedMessage.Of(VhostUserRequest.GetProtocolFeatures);
        if (_added == Wanted)
        {
            // A guest waits, and the next backend is most likely as the last: it is told all at once, and wakes once.
            attached.Say(question, reply => Require((ProtocolFeatures)reply.Number, _added));
            SayEverything();
        }
        else
        {
            attached.Say(question, reply => Choose((ProtocolFeatures)reply.Number));
        }
    }

    /// <inheritdoc/>
    public void OnReady(EpollEvents events)
    {
        if (_backend is null)
        {
            End(null); // All that is waited for meanwhile is that it leaves.
            return;
        }

        for (int i = 0; i < MessagesPerTurn && !_isOver && _pending is null; i++)
        {
            switch (_gatherer.Gather(_frontend))
            {
                case GatherResult.Message when _gatherer.Fds.Truncated:
                    End("more descriptors than a message may have");
                    return;
                case GatherResult.Message:
                    Take(isWhole: true);
                    break;
                case GatherResult.Rejected:
                    Take(isWhole: false); // It is for the backend to reject and to count: it closes the connection.
                    break;
                case GatherResult.Ended:
                    End(null);
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

    /// <inheritdoc/>
    public void OnFault(Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        End(fault.Message);
    }

    /// <summary>Closes both connections. Nobody is told.</summary>
    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        _deadline.Dispose();
        _watch?.Dispose();
        _backend?.Dispose();
        _gatherer.Dispose();
        _pending?.Dispose();
        _record.Dispose();
        _frontend.Dispose();
    }

    private void End(string? why)
    {
        if (!_isOver)
        {
            Dispose();
            Ended?.Invoke(why);
        }
    }

    /// <summary>While there is no backend, only for that it leaves; while a message is under way, for nothing: what else it says waits in its socket.</summary>
    private void WatchFrontend()
    {
        _watch?.Dispose();
        _watch = _worker.Watch(_frontend, _backend is null ? EpollEvents.PeerHangUp : EpollEvents.In, this);
    }

    private void LoseBackend(string? why)
    {
        _backend = null;
        if (why is not null)
        {
            End(why);
            return;
        }

        WatchFrontend();
        BackendLost?.Invoke();
    }

    private void Take(bool isWhole)
    {
        _deadline.End();
        _pending = RelayedMessage.Take(_gatherer, isWhole);
        _gatherer.Next();
        _watch!.Dispose();
        _watch = null;
        SayPending();
    }

    private void Choose(ProtocolFeatures offered)
    {
        _added = offered & Wanted;
        if (Require(offered, ProtocolFeatures.ReplyAck))
        {
            SayEverything();
        }
    }

    private bool Require(ProtocolFeatures offered, ProtocolFeatures needed)
    {
        ProtocolFeatures lacking = needed & ~offered;
        if (lacking != 0)
        {
            End($"the backend has no {lacking}");
        }

        return lacking == 0;
    }

    private void SayEverything()
    {
        SaySet(RelayedMessage.Of(VhostUserRequest.SetProtocolFeatures, (ulong)(_record.ProtocolFeatures | _added)), isOfRing: false);
        foreach (RelayedMessage message in _record.OfDevice())
        {
            SaySet(message, isOfRing: false);
        }

        // There may be hundreds of rings, and their guest waits: one answer each. What a backend refuses of a ring is that ring's affair.
        foreach (RelayedMessage[] ring in _record.OfRings())
        {
            Array.ForEach(ring[..^1], m => _backend?.Say(m, null));
            SaySet(ring[^1], isOfRing: true);
        }
    }

    private void SaySet(RelayedMessage message, bool isOfRing) => _backend?.Say(message, reply => SaidAgain(message.Request, isOfRing, reply));

    private void SaidAgain(VhostUserRequest request, bool isOfRing, RelayedMessage reply)
    {
        if (reply.Number != 0 && !isOfRing)
        {
            End($"{request} was refused by the backend that was to go on");
            return;
        }

        if (reply.Number != 0)
        {
            Refused?.Invoke($"{request}");
        }

        if (_backend is not { IsIdle: true })
        {
            return;
        }

        Resumed?.Invoke();
        if (_pending is not null)
        {
            SayPending();
        }
        else
        {
            WatchFrontend();
        }
    }

    private void SayPending()
    {
        RelayedMessage message = _pending!;
        if (NeedsArea(message))
        {
            AskForArea(SayPending);
            return;
        }

        _backend!.Say(IsChoice(message) ? message.With(message.Number | (ulong)_added) : message, Answered);
    }

    /// <summary>A ring may begin to run by it: from then on the backend takes no area. Or it is one for which the area that was asked for earlier is too small.</summary>
    private bool NeedsArea(RelayedMessage message) => MayHaveArea && message.Request switch
    {
        VhostUserRequest.SetVringKick or VhostUserRequest.SetVringEnable or VhostUserRequest.VringKick => !_record.HasArea,
        VhostUserRequest.SetVringNum => SizeIn(message) <= LargestRing && _record.NeedsLargerArea(SizeIn(message)),
        _ => false,
    };

    /// <summary>By this answer the device has another's state, and a driver whose features say how it is kept: the state is nowhere else, and may have to wait long for the first ring.</summary>
    private bool MakesStateful(RelayedMessage message, RelayedMessage reply) => reply.Number == 0 && !_record.HasArea && message.Request switch
    {
        VhostUserRequest.CheckDeviceState => _record.IsLoading && MayHaveArea,
        VhostUserRequest.SetFeatures => _record.HasState && CanHaveArea,
        _ => false,
    };

    private bool MayHaveArea => _record.HasFeatures && CanHaveArea;

    private bool CanHaveArea => (_added & ProtocolFeatures.InflightSharedMemory) != 0;

    private static uint SizeIn(RelayedMessage message) => message.Payload.Length == VringStatePayload.SizeBytes ? VringStatePayload.Read(message.Payload).Value : 0;

    /// <summary>What the frontend chose goes with what the relay needs itself; but a choice that is wrong without it stays as wrong as it is.</summary>
    private static bool IsChoice(RelayedMessage message) =>
        message is { Request: VhostUserRequest.SetProtocolFeatures, Payload.Length: sizeof(ulong) }
        && ((ProtocolFeatures)message.Number & (ProtocolFeatures.InbandNotifications | ProtocolFeatures.ReplyAck)) != ProtocolFeatures.InbandNotifications;

    /// <summary>From here on a backend has to keep how far it came, for the next. <paramref name="then"/> follows, with an area or without.</summary>
    private void AskForArea(Action then)
    {
        uint coming = _pending is { Request: VhostUserRequest.SetVringNum } sized ? SizeIn(sized) : 0;
        uint entries = Math.Max(Math.Max(UsualRing, _record.LargestRing), coming);
        using RelayedMessage question = RelayedMessage.Of(VhostUserRequest.GetQueueNum);
        _backend!.Say(question, queues =>
        {
            byte[] payload = new byte[InflightBytes];
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(16), (ushort)queues.Number);
            BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(18), (ushort)entries);
            using RelayedMessage ask = RelayedMessage.Of(VhostUserRequest.GetInflightFd, payload);
            _backend!.Say(ask, area => GiveArea(area, entries, then));
        });
    }

    private void GiveArea(RelayedMessage area, uint entries, Action then)
    {
        if (area.Payload.Length != InflightBytes || area.Fds.Length != 1)
        {
            DoWithoutArea(then);
            return;
        }

        var given = new RelayedMessage(RelayedMessage.Of(VhostUserRequest.SetInflightFd, area.Payload).Header, area.Payload, area.Fds[0].Duplicate());
        _backend!.Say(given, reply =>
        {
            if (reply.Number != 0)
            {
                given.Dispose();
                DoWithoutArea(then);
            }
            else
            {
                _record.KeepArea(given, entries);
                then();
            }
        });
    }

    /// <summary>The backend has said why. Should it die, nobody can go on.</summary>
    private void DoWithoutArea(Action then)
    {
        _added &= ~ProtocolFeatures.InflightSharedMemory;
        then();
    }

    private void Answered(RelayedMessage reply)
    {
        // Of a device that dies before it has an area the frontend has heard no good word: the next one says that it got no state.
        if (MakesStateful(_pending!, reply))
        {
            AskForArea(() => PassOn(reply));
        }
        else
        {
            PassOn(reply);
        }
    }

    private void PassOn(RelayedMessage reply)
    {
        RelayedMessage message = _pending!;
        _pending = null;
        MessageRow? row = MessageTable.Find(message.Request);
        bool isData = row is { HasReply: true, ReplyAcknowledges: false };
        bool isAccepted = isData || reply.Number == 0;
        if (!_record.Note(message, isAccepted, reply))
        {
            End("more regions of memory than there may be");
            return;
        }

        bool isAsked = message.Header.NeedsReply && (_record.ProtocolFeatures & ProtocolFeatures.ReplyAck) != 0;
        if (row is { ReplyAcknowledges: true } && !isAccepted && !isAsked)
        {
            End($"{message.Request} was refused"); // A frontend that did not ask takes any answer for a good one.
        }
        else if ((row is { HasReply: true } || isAsked) && !reply.TrySend(_frontend, asksReply: null, out int errno))
        {
            End(errno == Errno.EAGAIN ? "the frontend does not read its replies" : null);
        }
        else
        {
            WatchFrontend();
        }
    }
}
