using FastRing.Console.Endpoints;
using FastRing.Console.State;
using FastRing.Workers;

namespace FastRing.Console.Ports;

/// <content>What goes along when its guest moves.</content>
public sealed partial class Port
{
    internal (RateDebt ToHost, RateDebt ToGuest) Debts
    {
        get
        {
            long now = MonotonicClock.Now;
            return (ToHost.Debt(now), ToGuest.Debt(now));
        }
    }

    /// <summary>The session of an endpoint that has one.</summary>
    internal Guid SessionId
    {
        get
        {
            try
            {
                return !HasStopped && Endpoint is IResumableEndpoint endpoint ? endpoint.Session.Id : default;
            }
            catch (Exception e)
            {
                Stop(e);
                return default;
            }
        }
    }

    /// <summary>Has an endpoint of that kind go on with a session.</summary>
    /// <returns>False: there is none, or nobody goes on with it.</returns>
    internal bool TryResume(StreamPositions positions)
    {
        if (positions.Id == default || Endpoint is not IResumableEndpoint)
        {
            return false;
        }

        Guarded(endpoint => ((IResumableEndpoint)endpoint).Resume(positions));
        if (SessionId != positions.Id)
        {
            return false;
        }

        HostOpenChanged();
        return true;
    }

    /// <summary>The client its driver was told of is not there any more: it went with its process, or later. What needs none is there from its start on.</summary>
    /// <param name="state">As of then.</param>
    internal bool HasLostClient(PortState state) => !IsConsole && !_needsNoClient && (state.HostOpens != _hostOpens || !_hostWasOpen);

    /// <summary>Its guest comes from another device: what that one knew of the port holds here. The host's end is this one's.</summary>
    /// <returns>True when its guest has to hear of the terminal's size.</returns>
    internal bool Load(PortState state)
    {
        if (state.Has(PortStateFlags.Ready))
        {
            DriverReady();
        }
        else if (state.Has(PortStateFlags.Failed))
        {
            DriverFailed();
        }

        if (state.Has(PortStateFlags.GuestOpen))
        {
            GuestOpened(true);
        }

        Counters.BytesToHost = state.BytesToHost;
        Counters.BytesToGuest = state.BytesToGuest;
        Counters.BytesDiscarded = state.BytesDiscarded;
        Counters.GuestOpens = state.GuestOpens;
        long now = MonotonicClock.Now;
        Limits = new PortLimits(Limits.ToHost.Stricter(state.Limits.ToHost), Limits.ToGuest.Stricter(state.Limits.ToGuest)); // Who brings a state must not get rid of one.
        ToHost = new RateMeters(Limits.ToHost, state.Debts.ToHost, now);
        ToGuest = new RateMeters(Limits.ToGuest, state.Debts.ToGuest, now);

        ConsoleSize? told = state.Has(PortStateFlags.HasSize) ? state.Size : null;
        Size ??= told;
        return IsReady && Size != told;
    }
}
