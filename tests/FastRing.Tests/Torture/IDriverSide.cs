namespace FastRing.Tests.Torture;

/// <summary>The driver's moves in a run on two threads. Called by one of them.</summary>
internal interface IDriverSide
{
    /// <summary>Offers one message; there is room for it.</summary>
    void Add();

    /// <summary>Shows what was added.</summary>
    /// <returns>True when the device is to be kicked.</returns>
    bool Publish();

    /// <summary>Takes and checks every answer there is.</summary>
    /// <returns>How many.</returns>
    int Take();

    /// <summary>Asks for calls.</summary>
    /// <returns>True when there are answers already.</returns>
    bool Enable();

    void Suppress();
}
