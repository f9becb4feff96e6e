namespace FastRing.Transports.Pci;

/// <summary>Where a PCI function's interrupts go. Called on the device's worker; must not throw.</summary>
public interface IPciInterrupts : IInterruptLine
{
    /// <summary>An MSI-X message leaves: its vector is not masked.</summary>
    /// <param name="vector">Which entry of the table.</param>
    /// <param name="address">Where the message goes, as the driver has written it; a VMM that keeps the table itself knows better.</param>
    /// <param name="data">What it says.</param>
    void SendMessage(int vector, ulong address, uint data);
}
