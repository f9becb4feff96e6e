namespace FastRing.Console.Ports;

/// <summary>What is done with what a guest sends.</summary>
internal enum Output
{
    /// <summary>The endpoint gets it; what it does not take stays in the guest's buffers.</summary>
    Offer,

    /// <summary>The endpoint gets it; what it does not take is discarded: a console's driver spins until its buffer returns.</summary>
    OfferOnce,

    /// <summary>It stays in the guest's buffers.</summary>
    Hold,

    /// <summary>Nobody gets it.</summary>
    Discard,
}
