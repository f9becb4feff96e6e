using FastRing.Interop;
using FastRing.Memory;
using FastRing.Workers;

namespace FastRing.Console.Endpoints.Hubs;

/// <summary>
/// The clients of a hub. Those with something to do stand in one line and are served in turns of bounded length; those that have everything stand in another,
/// and join the first all at once when the guest writes. Those whose socket is full stand nowhere, until it is not.
/// </summary>
internal sealed class HubClients : WorkItem, IHubClients
{
    private const int BytesATurn = 256 * 1024;
    private const int BytesATime = 64 * 1024;
    private const int AttemptCost = 8 * 1024; // What a client costs of a turn besides its bytes.
    private const int DiscardedATime = 16 * 1024;

    private static readonly PrivateBytes Discarded = new(DiscardedATime);

    private readonly BroadcastRing _ring;
    private readonly HubOptions _options;
    private readonly Worker _worker;
    private readonly IEndpointObserver _observer;
    private readonly List<HubClient> _all = []; // In the order of their coming.
    private readonly ClientLine _busy = new();
    private readonly ClientLine _idle = new();
    private long _oldest; // Nobody is behind it.

    public HubClients(BroadcastRing ring, HubOptions options, Worker worker, IEndpointObserver observer)
    {
        (_ring, _options, _worker, _observer) = (ring, options, worker, observer);
        Wait = new HubWait(ring, _all, options, worker, observer) { TryAgain = TryAgain };
    }

    public HubWait Wait { get; }

    /// <summary>The client whose bytes go to the guest.</summary>
    public HubClient? Writer { get; private set; }

    /// <summary>Clients there are. Any thread.</summary>
    public int Count => _all.Count;

    /// <summary>Clients disconnected because they did not keep up. Any thread.</summary>
    public long FellBehind { get; private set; }

    public void Admit(OwnedFd socket, string who)
    {
        long position = _ring.End - Math.Min(_ring.End, _options.Scrollback);
        var client = new HubClient(_worker, socket, who, position, this);
        _all.Add(client);
        _oldest = Math.Min(_oldest, position);
        Wait.Joined(client);
        if (Writer is null)
        {
            ChooseWriter();
        }
        else if (Writer.IsGone)
        {
            HasWork(Writer);
        }

        HasWork(client);
    }

    /// <summary>The guest wrote.</summary>
    public void Appended()
    {
        _busy.JoinAll(_idle);
        if (_ring.Start > _oldest)
        {
            FindFallen();
        }

        if (_busy.First is not null)
        {
            _worker.Schedule(this);
        }
    }

    /// <summary>Reads for the guest.</summary>
    public nint Read(ReadOnlySpan<IoVector> segments)
    {
        if (Writer is not { } writer)
        {
            return 0;
        }

        nint read = writer.Receive(segments);
        if (writer.HasEnded)
        {
            ChooseWriter();
            HasWork(writer);
        }

        return read;
    }

    /// <inheritdoc/>
    public void HasWork(HubClient client)
    {
        _busy.Join(client);
        _worker.Schedule(this);
        if (client == Writer && client.MayHaveInput)
        {
            _observer.InputPossible();
        }
    }

    /// <summary>Sends everybody away.</summary>
    public void Clear()
    {
        while (_all.Count > 0)
        {
            Remove(_all[^1]);
        }

        Wait.EndIfPossible();
    }

    /// <inheritdoc/>
    protected override bool Run()
    {
        for (long left = BytesATurn; left > 0 && _busy.First is { } client;)
        {
            left -= AttemptCost + Serve(client);
        }

        Wait.EndIfPossible();
        return _busy.First is not null;
    }

    /// <inheritdoc/>
    protected override void OnFault(Exception fault)
    {
        _observer.Report(fault.Message);
        if (_busy.First is { } client)
        {
            Remove(client); // It is the one that was served.
        }
    }

    /// <returns>Bytes moved.</returns>
    private int Serve(HubClient client)
    {
        if (MayGo(client) || HasFallen(client))
        {
            Remove(client);
            return 0;
        }

        int moved = Discards(client) ? Discard(client) : 0;
        moved += LacksSomething(client) ? client.Send(_ring, BytesATime) : 0;
        Place(client);
        return moved;
    }

    private bool MayGo(HubClient client) =>
        client.IsGone && (client != Writer || !client.MayHaveInput || (_all.Count > 1 && !_observer.IsGuestOpen));

    private bool HasFallen(HubClient client)
    {
        if (client.IsGone || client.Position >= _ring.Start)
        {
            return false;
        }

        FellBehind++;
        _observer.ClientRefused(client.Who, $"fell behind by {_ring.End - client.Position} bytes");
        return true;
    }

    private bool Discards(HubClient client) => client.MayHaveInput && client != Writer;

    private bool LacksSomething(HubClient client) => client.MayWrite && !client.IsGone && client.Position < _ring.End;

    private void Place(HubClient client)
    {
        if (Discards(client) || LacksSomething(client) || MayGo(client))
        {
            _busy.Join(client);
        }
        else if (client.Position == _ring.End)
        {
            client.IsWaitedFor = true;
            _idle.Join(client);
        }
        else
        {
            client.Place.Leave();
        }
    }

    private static int Discard(HubClient client)
    {
        IoVector room = Discarded.Vector;
        return (int)client.Receive(new ReadOnlySpan<IoVector>(ref room));
    }

    private void Remove(HubClient client)
    {
        _all.Remove(client);
        client.Dispose();
        if (client == Writer)
        {
            ChooseWriter();
        }
    }

    /// <summary>The one that is there the longest and may still send something.</summary>
    private void ChooseWriter()
    {
        Writer = _options.Writer == HubWriter.None ? null : _all.Find(static c => !c.HasEnded && !c.IsGone);
        if (Writer is { MayHaveInput: true })
        {
            _observer.InputPossible();
        }
    }

    private void TryAgain(HubClient client)
    {
        client.TryAgain();
        HasWork(client);
    }

    /// <summary>Clients that lost bytes get in line to be sent away.</summary>
    private void FindFallen()
    {
        _oldest = _ring.End;
        foreach (HubClient client in _all)
        {
            if (client.IsGone)
            {
                continue;
            }

            if (client.Position >= _ring.Start)
            {
                _oldest = Math.Min(_oldest, client.Position);
            }
            else if (!client.Place.IsTaken)
            {
                _busy.Join(client);
            }
        }
    }
}
