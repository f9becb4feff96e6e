namespace FastRing.Host.Serving;

/// <summary>How much may pass one way.</summary>
internal sealed record RateConfig
{
    /// <summary>Null: as many as there are.</summary>
    public long? BytesPerSecond { get; set; }

    /// <summary>Guest buffers a second; null: as many as there are.</summary>
    public long? MessagesPerSecond { get; set; }
}
