using FastRing.VhostUser.Protocol;

namespace FastRing.VhostUser.Frontend;

/// <content>A backend that is killed, or replaced, and a driver that goes on.</content>
public sealed partial class FrontendSession
{
    private InflightBuffer? _inflight;

    /// <summary>Has the backend track what is in flight in a buffer that this session keeps. Before the first queue is started.</summary>
    /// <param name="queues">Queues there will be, from number 0 on.</param>
    /// <param name="queueSize">Entries they have at the most.</param>
    /// <exception cref="VhostUserException">The backend can't.</exception>
    public void TrackInflight(ushort queues, ushort queueSize)
    {
        InflightBuffer buffer = Track(Frontend, queues, queueSize);
        _inflight?.Dispose();
        _inflight = buffer;
    }

    /// <summary>
    /// Goes on with another connection, to the same backend or the one that took its place, when the old one is gone or to be gone: all is said again, with the buffer of
    /// <see cref="TrackInflight"/>. What the driver had made available is used once; that it was, it may be notified of twice.
    /// </summary>
    /// <param name="fresh">The connection; becomes the session's. When this fails, it stays the caller's.</param>
    /// <exception cref="InvalidOperationException">Nothing was tracked.</exception>
    /// <exception cref="VhostUserException">The backend does not offer what the driver was promised, or refused something.</exception>
    public void Reconnect(VhostUserFrontend fresh)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        InflightBuffer inflight = _inflight ?? throw new InvalidOperationException("without TrackInflight nobody knows where the rings are");
        Frontend.Dispose();
        fresh.SetOwner();
        ulong missing = ChosenFeatures & ~fresh.GetFeatures();
        if (missing != 0)
        {
            throw new VhostUserException(VhostUserRequest.GetFeatures, $"features: the backend does not offer 0x{missing:x}");
        }

        fresh.SetProtocolFeatures(Frontend.ProtocolFeatures & fresh.GetProtocolFeatures());
        fresh.SetFeatures(ChosenFeatures);
        fresh.SetMemTable([Memory.Region], [Memory.File]);
        fresh.SetInflightFd(inflight);
        Frontend = fresh;
        foreach (FrontendQueue queue in _queues)
        {
            queue.Start(0); // The backend knows better.
        }
    }

    /// <summary>Drops the connection without a word, as if the backend, or this side, had been killed. <see cref="Reconnect"/> goes on.</summary>
    public void Disconnect() => Frontend.Dispose();

    /// <summary>Has another backend track as much as this session's does; null: nothing is.</summary>
    internal InflightBuffer? TrackOn(VhostUserFrontend destination) => _inflight is { } now ? Track(destination, now.Queues, now.QueueSize) : null;

    private static InflightBuffer Track(VhostUserFrontend frontend, ushort queues, ushort queueSize)
    {
        InflightBuffer buffer = frontend.GetInflightFd(queues, queueSize);
        try
        {
            frontend.SetInflightFd(buffer);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
