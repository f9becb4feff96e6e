namespace FastRing.Host.Serving;

/// <summary>What may pass a port, each way.</summary>
internal sealed record LimitsConfig
{
    /// <summary>From the guest to the host; null: anything.</summary>
    public RateConfig? ToHost { get; set; }

    /// <summary>From the host to the guest; null: anything.</summary>
    public RateConfig? ToGuest { get; set; }
}
