namespace FastRing.Console.Ports;

/// <summary>A <see cref="RateLimit"/> at work: bytes and messages of one direction of a port.</summary>
internal struct RateMeters
{
    private readonly bool _isNone;
    private RateMeter _bytes;
    private RateMeter _messages;

    public RateMeters(RateLimit limit)
    {
        _isNone = limit.IsNone;
        _bytes = new RateMeter(limit.BytesPerSecond);
        _messages = new RateMeter(limit.MessagesPerSecond);
    }

    /// <summary>Those of a port that comes from elsewhere.</summary>
    public RateMeters(RateLimit limit, RateDebt debt, long now)
    {
        _isNone = limit.IsNone;
        _bytes = new RateMeter(limit.BytesPerSecond, debt.Bytes, now);
        _messages = new RateMeter(limit.MessagesPerSecond, debt.Messages, now);
    }

    public readonly RateDebt Debt(long now) => new(_bytes.Ahead(now), _messages.Ahead(now));

    /// <summary>There is no limit: nothing need be asked, and no clock read.</summary>
    public readonly bool IsNone => _isNone;

    /// <summary>When there is enough again to be worth a turn.</summary>
    public readonly long ReadyAt => Math.Max(_bytes.ReadyAt, _messages.ReadyAt);

    /// <summary>A turn of at most <paramref name="quantum"/> bytes.</summary>
    public readonly Turn Begin(long quantum, long now) => new(Math.Min(quantum, _bytes.Available(now)), _messages.Available(now));

    /// <summary>The turn is over.</summary>
    public void End(in Turn turn, long now)
    {
        _bytes.Spend(turn.Bytes, now);
        _messages.Spend(turn.Chains, now);
    }
}
