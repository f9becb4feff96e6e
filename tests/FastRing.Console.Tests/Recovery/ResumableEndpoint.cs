using FastRing.Console.Endpoints;
using FastRing.Console.Tests.Support;
using FastRing.Interop;
using FastRing.Workers;

namespace FastRing.Console.Tests.Recovery;

/// <summary>An endpoint of one process whose client outlives it. It takes no more than so many bytes of a write: chains are given back in parts.</summary>
internal sealed class ResumableEndpoint(ResumableClient client, int mostTaken = 700) : IResumableEndpoint
{
    private Guid _session;
    private long _toHost; // The byte of the session that is offered next.
    private long _toGuest;

    public IEndpointObserver? Observer { get; private set; }

    /// <summary>Refuses to go on with any session.</summary>
    public bool IsNew { get; init; }

    /// <summary>Bytes it takes before it blocks.</summary>
    public long Room { get; set; } = long.MaxValue;

    public List<bool> GuestOpens { get; } = [];

    public bool IsOpen => _session != default;

    public bool MayHaveInput => IsOpen && _toGuest < client.ToSend;

    public StreamPositions Session => new(_session, (ulong)_toHost, (ulong)_toGuest);

    public void Start(Worker worker, IEndpointObserver observer)
    {
        Observer = observer;
        if (client.Session == default)
        {
            _session = client.Session = Guid.NewGuid();
            observer.SessionChanged();
        }
    }

    public void Resume(in StreamPositions positions)
    {
        client.Resumed.Add(positions);
        if (!IsNew && positions.Id == client.Session)
        {
            // What was given back to the guest its client has; what is still to come it may have already.
            Assert.InRange(positions.ToHost, 0UL, (ulong)client.Received.Count);
            Assert.InRange(positions.ToGuest, 0UL, (ulong)client.ToSend);
            (_session, _toHost, _toGuest) = (positions.Id, (long)positions.ToHost, (long)positions.ToGuest);
        }
    }

    public nint Write(ReadOnlySpan<IoVector> segments)
    {
        nint taken = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min(segment.Length, (nuint)Math.Min(Room, mostTaken - taken));
            foreach (byte b in segment.Slice(0, (nuint)length).Span)
            {
                if (_toHost++ == client.Received.Count)
                {
                    client.Received.Add(b);
                }
                else
                {
                    Assert.Equal(client.Received[(int)_toHost - 1], b);
                }
            }

            taken += length;
            Room -= length;
        }

        return taken;
    }

    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        nint given = 0;
        foreach (IoVector segment in segments)
        {
            int length = (int)Math.Min(segment.Length, (nuint)Math.Min(client.ToSend - _toGuest, mostTaken - given));
            Pattern.Fill(segment.Slice(0, (nuint)length).Span, _toGuest);
            _toGuest += length;
            given += length;
        }

        return given;
    }

    public void GuestOpenChanged(bool open) => GuestOpens.Add(open);

    public void Dispose()
    {
    }
}
