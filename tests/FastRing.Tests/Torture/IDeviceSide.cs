namespace FastRing.Tests.Torture;

/// <summary>The device's moves in a run on two threads. Called by one of them.</summary>
internal interface IDeviceSide
{
    /// <summary>Checks and answers some of the messages there are.</summary>
    /// <returns>How many.</returns>
    int Serve();

    /// <summary>Shows the answers.</summary>
    /// <returns>True when the driver is to be called.</returns>
    bool Publish();

    /// <summary>Asks for kicks.</summary>
    /// <returns>True when there are messages already.</returns>
    bool Enable();

    void Suppress();
}
