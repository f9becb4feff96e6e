using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Resumable;

/// <content>Who is let in, and how sessions begin and end.</content>
public sealed partial class ResumableEndpoint
{
    private const int MostWaiting = 8;

    private readonly List<ResumableClient> _waiting = []; // Those that have not said who they are, or whose session may come with a guest.
    private readonly EndedSessions _ended = new();

    /// <summary>A session that was recovered waits for its client.</summary>
    private void AwaitClient()
    {
        if (_session is not null && _worker is not null)
        {
            _absence!.Start(_resumeTime);
            _observer!.HostOpenChanged();
            Schedule();
        }
    }

    private void Arrived(Arrival arrival)
    {
        if (arrival.WhyRefused is { } why)
        {
            new Refusal(RefusalReason.NotAllowed, why).TellOn(arrival.Socket);
            arrival.Socket.Dispose();
            _observer!.ClientRefused(arrival.Who, why);
            return;
        }

        if (_waiting.Count == MostWaiting)
        {
            MakeRoom();
        }

        _waiting.Add(new ResumableClient(_worker!, arrival.Socket, arrival.Who, Schedule) { Deadline = MonotonicClock.Now + MonotonicClock.Nanoseconds(HelloTime) });
        Schedule(); // Which starts the clock.
    }

    /// <summary>Those that have said who they are go on, or go; those that don't in time go.</summary>
    private void MeetWaiting()
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            Meet(_waiting[i]);
        }

        if (_waiting.Count > 0)
        {
            TurnAwayLate();
        }
    }

    private void TurnAwayLate()
    {
        long now = MonotonicClock.Now;
        long next = long.MaxValue;
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            ResumableClient client = _waiting[i];
            if (client.Deadline > now)
            {
                next = Math.Min(next, client.Deadline);
            }
            else
            {
                TurnAway(client, WhyLate(client, "it did not say who it is", "no guest came whose session it could be"));
            }
        }

        if (next != long.MaxValue)
        {
            _handshakes!.Start(TimeSpan.FromTicks(((next - now) / TimeSpan.NanosecondsPerTick) + 1));
        }
    }

    /// <summary>Another has come. Those that say nothing go first, and of those the one that is there the longest.</summary>
    private void MakeRoom()
    {
        ResumableClient first = _waiting.Find(static c => c.Hello is null) ?? _waiting[0];
        TurnAway(first, WhyLate(first, "others came, and it had not said who it is", "others came, and no guest whose session it could be"));
    }

    /// <summary>One that has said who it is has done its part: for it, it is worth trying again.</summary>
    private static Refusal WhyLate(ResumableClient client, string silent, string early) =>
        client.Hello is null ? new Refusal(RefusalReason.Late, silent) : new Refusal(RefusalReason.Busy, early);

    private void Meet(ResumableClient client)
    {
        if (client.Hello is null && !TryHear(client))
        {
            return;
        }

        (HelloFrame said, ulong received) = client.Hello!.Value;
        if (said.Session != Guid.Empty && _session is null && !_hasGuest)
        {
            if (client.HasLeft)
            {
                TurnAway(client, new Refusal(RefusalReason.Late, "it left before a guest came"));
            }

            return; // It may be the session of a guest that goes on here in a moment.
        }

        if (WhyNot(said) is { } refusal)
        {
            TurnAway(client, refusal);
        }
        else
        {
            LetIn(client, said, received);
        }
    }

    /// <returns>False: it has not said who it is, or can't stay.</returns>
    private bool TryHear(ResumableClient client)
    {
        FrameHeader header;
        ReadOnlySpan<byte> hello;
        while (!client.Reader.TryNext(out header, out hello))
        {
            if (client.Reader.Wrong is { } wrong)
            {
                TurnAway(client, Refusal.Malformed(wrong));
                return false;
            }

            if (!client.Reader.Fill(_inbound))
            {
                if (client.Reader.HasEnded)
                {
                    TurnAway(client, new Refusal(RefusalReason.Late, "it left without a word"));
                }

                return false;
            }
        }

        Refusal? why = header.Kind != FrameKind.Hello ? Refusal.Malformed($"a frame of kind {(uint)header.Kind} before the hello") : null;
        HelloFrame said = default;
        why ??= HelloFrame.TryRead(hello, out said);
        if (why is not null)
        {
            TurnAway(client, why);
            return false;
        }

        client.Hello = (said, header.Position);
        client.Deadline = MonotonicClock.Now + MonotonicClock.Nanoseconds(_resumeTime); // From here on it waits for us.
        return true;
    }

    /// <summary>Why a client can't have the port now; null: it can.</summary>
    private Refusal? WhyNot(in HelloFrame hello)
    {
        bool isAnothers = _session is { } session && !hello.TakesOver && hello.Session != session.Id && !IsHeir(session, hello.Session);
        return _client is not null || isAnothers ? new Refusal(RefusalReason.Busy, "another client's session goes on") : null;
    }

    /// <summary>The session is this client's, which was not told of it, or did not hear.</summary>
    private static bool IsHeir(ResumableSession session, Guid known) => !session.IsKnown && session.Predecessor == known;

    private void LetIn(ResumableClient client, in HelloFrame hello, ulong received)
    {
        _waiting.Remove(client);
        client.Window = hello.Window;
        SessionChange? why = SessionChange.Replaced;
        if (_session is { } session && hello.Session == session.Id && (why = session.WhyNot(received, hello.Committed)) is null)
        {
            session.IsKnown = true;
            Attach(client, SessionChange.Resumed, received);
            return;
        }

        if (_session is { } known && IsHeir(known, hello.Session))
        {
            // By another name, lest somebody who heard of this one, and never said so, has the same.
            BeginSession(known.Change, known.Predecessor, known.Ended);
        }
        else
        {
            EndSession(why!.Value);
            EndedSession? ended = _ended.Find(hello.Session);
            BeginSession(hello.Session == Guid.Empty ? SessionChange.New : ended?.Why ?? SessionChange.Unknown, hello.Session, ended);
        }

        Attach(client, _session!.Change, received: 0);
    }

    private void Attach(ResumableClient client, SessionChange change, ulong received)
    {
        ResumableSession session = _session!;
        session.Sent = received;
        _inbound.BeginAt(session.Committed);
        client.Change = change;
        Volatile.Write(ref _client, client);
        _absence!.Clear();
        _observer!.ClientAccepted(client.Who);
        _observer.HostOpenChanged();
    }

    private void BeginSession(SessionChange change, Guid predecessor, EndedSession? ended)
    {
        _awaitsOffer = false;
        _inbound.BeginAt(0);
        Volatile.Write(ref _session, new ResumableSession(Guid.NewGuid())
        {
            Change = change,
            Predecessor = predecessor,
            Ended = ended,
            Guest = _observer!.Session.Guest,
        });
        _observer.SessionChanged(); // Before its client hears of it: a process that is killed leaves none that is only heard of.
    }

    /// <summary>Another driver than the session's has nothing of it.</summary>
    private void LookAtGuest()
    {
        if (_session is { } session)
        {
            uint guest = _observer!.Session.Guest;
            session.Guest ??= guest;
            if (session.Guest != guest)
            {
                EndFences();
                ReplaceSession(SessionChange.GuestReset);
            }
        }
    }

    /// <summary>The next session takes this one's place, and waits for the same client, which is told when it comes again.</summary>
    private void ReplaceSession(SessionChange why)
    {
        ResumableSession session = _session!;
        if (session.IsKnown || session.MostSent > 0)
        {
            EndedSession ended = Remember(why);
            BeginSession(why, session.Id, ended);
            CutOff();
        }
        else
        {
            session.Guest = _observer!.Session.Guest; // Nothing has passed: it is as good as new.
            _awaitsOffer = false;
        }

        EndFence();
    }

    /// <summary>What the guest sent after it closed the port is the next session's, up to where it closed it again.</summary>
    private void EndFence()
    {
        if (_fences > 0)
        {
            _fences--;
            _observer!.Buffers.EndFence();
        }

        _isEnding = _fences > 0;
        Schedule();
    }

    private void EndFences()
    {
        _isEnding = false;
        while (_fences > 0)
        {
            EndFence();
        }
    }

    /// <summary>The session ends as a client's leaving does; the next client begins another.</summary>
    private void EndSession(SessionChange why)
    {
        if (_session is not null)
        {
            Remember(why);
            Volatile.Write(ref _session, null);
            _awaitsOffer = false;
            EndFences();
            _view.Forget();
            _inbound.BeginAt(0);
            CutOff();
            _absence?.Clear();
            _observer?.SessionChanged();
            _observer?.HostOpenChanged();
        }
    }

    private EndedSession Remember(SessionChange why) => _ended.Add(new EndedSession(_session!.Id, why, _session.MostSent, _session.Committed));

    /// <summary>The client is gone, or has to go; its session waits for it.</summary>
    private void CutOff()
    {
        if (_client is { } client)
        {
            Volatile.Write(ref _client, null);
            client.Dispose();
            if (_session is { } session)
            {
                _inbound.BeginAt(session.Committed); // It sends the rest again.
                _absence!.Start(_resumeTime);
            }

            _door.Look();
        }
    }

    private void TurnAway(ResumableClient client, Refusal refusal)
    {
        Tell(client, refusal);
        _observer!.ClientRefused(client.Who, refusal.Text);
        if (ReferenceEquals(client, _client))
        {
            CutOff();
        }
        else
        {
            _waiting.Remove(client);
            client.Dispose();
        }
    }

    /// <summary>In the middle of a frame there is no telling.</summary>
    private static void Tell(ResumableClient client, Refusal refusal)
    {
        if (client.Writer.IsBetweenFrames)
        {
            refusal.TellOn(client.Socket);
        }
    }
}
